import ArgumentParser
import HeksherDomain
import OrderedCollections

/// `feature=value` on the command line, or several joined by commas.
struct ConditionArgument: ExpressibleByArgument {
    let text: String
    /// Empty if the text is something else.
    let conditions: [(feature: String, value: String)]

    /// A value with a comma, a bracket or a quotation mark is a JSON string. It can stand without quotation marks if nothing in it looks like
    /// another condition.
    init(argument: String) {
        text = argument
        if let context = try? Context(parsing: argument, separator: "=") {
            let conditions = context.names.map { ($0, context[$0] ?? "") }
            let isQuoted = argument.contains("\"")
            self.conditions = isQuoted || !conditions.contains { $0.1.looksLikeConditions } ? conditions : []
        } else {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let isComplete = parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !parts[1].looksLikeConditions
            conditions = isComplete ? [(parts[0], parts[1])] : []
        }
    }
}

extension String {
    /// Whether a value without quotation marks is more likely a mistake: several conditions that are not joined by commas, or `==`.
    var looksLikeConditions: Bool { hasPrefix("=") || contains(/[\s,;&|]\s*[A-Za-z0-9_]+=/) }
}

/// The conditions of a rule.
struct ConditionOptions: ParsableArguments {
    @Option(
        name: .customLong("when"),
        help: ArgumentHelp(
            "A condition of the rule, or several joined by commas. May be given several times; all of them must hold.",
            valueName: "feature=value"),
        completion: .conditions)
    var arguments: [ConditionArgument]

    func validate() throws {
        if let malformed = arguments.first(where: \.conditions.isEmpty) {
            throw ValidationError(
                """
                --when takes feature=value, as in tenant=acme or tenant=acme,user=ann, and not '\(malformed.text)'; a value with \
                other characters is a JSON string
                """)
        }
        if featureValues.count < conditions.count { throw ValidationError("--when names a context feature twice") }
        for condition in conditions {
            guard FeatureName.isValid(condition.feature) else {
                throw ValidationError(
                    "--when: '\(condition.feature)' cannot be the name of a context feature: letters, digits and underscores only"
                )
            }
            if let problem = FeatureValue.problem(condition.value) {
                throw ValidationError("--when: \(problem.sentence(about: condition.feature))")
            }
        }
    }

    private var conditions: [(feature: String, value: String)] { arguments.flatMap(\.conditions) }

    var featureValues: OrderedDictionary<String, String> {
        OrderedDictionary(conditions.map { ($0.feature, $0.value) }) { first, _ in first }
    }
}
