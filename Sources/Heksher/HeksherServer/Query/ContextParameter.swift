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

/// The problems of a request that only the stored data show, such as a value that a context feature may not have.
struct InvalidRequest: Error {
    var problems: ValidationProblems

    init(problems: ValidationProblems) { self.problems = problems }

    /// A parameter of the query that is wrong for a reason that no schema expresses.
    init(query parameter: String, _ message: String) {
        problems = ValidationProblems()
        problems.add(ValidationProblem(.other, message, at: [.name("query"), .name(parameter)]))
    }

    /// Conditions of a new rule with values that their features may not have.
    init(conditions: [RefusedFeatureValue]) {
        problems = ValidationProblems()
        for value in conditions {
            problems.add(
                ValidationProblem(
                    .other, "\(value)", at: [.name("body"), .name("feature_values"), .name(value.feature)]))
        }
    }
}

extension AllowedValues {
    /// Checks the text of the parameter `context`.
    ///
    /// - Throws: ``InvalidRequest`` with a problem for each value that its feature may not have.
    func check(_ text: String) throws(InvalidRequest) {
        if lists.isEmpty { return }
        var problems = ValidationProblems()
        for (value, offset) in refused(inText: text) {
            let parameter = ContextParameter.context.rawValue
            problems.add(
                ValidationProblem(
                    .other, "\(value) (offset \(offset))", at: [.name("query"), .name(parameter)],
                    position: JSONError(message: value.description, offset: offset, line: 1, column: offset + 1)))
        }
        if !problems.isEmpty { throw InvalidRequest(problems: problems) }
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

extension ValidationProblems {
    /// Adds the problem of a parameter whose text cannot be parsed.
    mutating func add(_ parameter: ContextParameter, in request: APIRequest) {
        // The other problems of the parameter are already among these.
        var others = ValidationProblems()
        let text = RequestParameters(request, pathValues: []).query(
            parameter.rawValue, required: false, &others
        ) { text, _ in text }
        guard let error = text.flatMap(parameter.problem) else { return }
        add(ValidationProblem(error, in: parameter))
    }
}
