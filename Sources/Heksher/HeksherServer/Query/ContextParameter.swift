import ContractJSON
import ContractRuntime
import HeksherAPI
import HeksherDomain

/// A parameter of a query whose text has a grammar that no schema expresses.
enum ContextParameter: String {
    case contextFilters = "context_filters"
    case context
    case featureValues = "feature_values"

    /// The reason why a text violates the grammar; `nil` if it does not.
    func problem(_ text: String) -> ContextTextError? {
        do {
            switch self {
            case .contextFilters: _ = try ContextFilters(parsing: text)
            case .context: _ = try Context(parsing: text)
            case .featureValues: _ = try Condition.list(parsing: text, isRequired: true)
            }
        } catch ContextFiltersError.malformed(let error) {
            return error
        } catch ContextError.malformed(let error) {
            return error
        } catch {}
        return nil
    }
}

extension ValidationProblem {
    /// A text of a query that cannot be parsed. The position is that of the character, in a text of one line.
    init(_ error: ContextTextError, in parameter: ContextParameter) {
        self.init(
            .pattern, error.description, at: [.name("query"), .name(parameter.rawValue)],
            position: JSONError(message: error.message, offset: error.offset, line: 1, column: error.offset + 1))
    }
}

extension APIResponse {
    /// The response to a request with a text that cannot be parsed.
    static func malformed(_ error: ContextTextError, in parameter: ContextParameter) -> APIResponse {
        var problems = ValidationProblems()
        problems.add(ValidationProblem(error, in: parameter))
        return .invalid(problems)
    }
}

extension Schemas.ValidationError {
    /// A text of a query that cannot be parsed.
    init(_ error: ContextTextError, in parameter: ContextParameter) {
        let problem = Schemas.ValidationProblem(
            loc: [.string("query"), .string(parameter.rawValue)], msg: error.description,
            type: ContractRuntime.ValidationProblem.Kind.pattern.rawValue,
            ctx: ["pos": JSONValue(error.offset), "lineno": 1, "colno": JSONValue(error.offset + 1)])
        self.init(detail: [problem])
    }
}

extension Route {
    /// The route of an operation with such a parameter. If the request violates the contract, its response lists all problems, whether a
    /// schema expresses them or not.
    func listingProblems(of parameter: ContextParameter) -> Route {
        var route = self
        route.respond = { [respond] request, pathValues in
            let response = try await respond(request, pathValues)
            // The handler has parsed the text of a request that fits the contract's schemas.
            guard var problems = response.contractProblems else { return response }
            let text = RequestParameters(request, pathValues: pathValues).query(
                parameter.rawValue, required: false, &problems
            ) { text, _ in text }
            guard let error = text.flatMap(parameter.problem) else { return response }
            let problem = ValidationProblem(error, in: parameter)
            if !problems.list.contains(problem) { problems.add(problem) }
            return .invalid(problems)
        }
        return route
    }
}
