import ArgumentParser
import HeksherDomain

/// The context in which settings have their values.
struct ContextOptions: ParsableArguments {
    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            """
            The context, as feature=value joined by commas. A value with a comma, a bracket or a quotation mark is a JSON string. May \
            be given several times. (default: no features)
            """, valueName: "context"), completion: .conditions)
    var texts: [String] = []

    func validate() throws { _ = try context() }

    /// - Throws: `ValidationError`.
    func context() throws -> Context {
        do {
            let context = try Context(parsing: texts.filter { !$0.isEmpty }.joined(separator: ","), separator: "=")
            if !texts.contains(where: { $0.contains("\"") }),
                let name = context.names.first(where: { context[$0]?.looksLikeConditions == true })
            {
                throw ValidationError(
                    "--for takes feature=value joined by commas, as in tenant=acme,user=ann, and not '\(name)=\(context[name] ?? "")'"
                )
            }
            return context
        } catch ContextError.malformed(let error) {
            throw ValidationError(
                "--for takes feature=value joined by commas, as in tenant=acme,user=ann or 'tenant=\"Smith, Jones & Co\"': \(error)"
            )
        } catch ContextError.repeatedFeatures(let features) {
            throw ValidationError("--for names \(features.joined(separator: ", ")) more than once")
        }
    }
}
