import ContractJSON
import ContractRuntime
import HTTPTypes
import HeksherAPI
import HeksherDomain
import HeksherStore

/// An operation that ``QueryResponder`` answers from memory.
enum QueryOperation: CaseIterable {
    case query
    case evaluation
    case flag
    case flags

    /// `nil` if this type does not answer the operation with this ID.
    init?(id: String) {
        switch id {
        case QueryRules.id: self = .query
        case EvaluateSettings.id: self = .evaluation
        case EvaluateFlag.id: self = .flag
        case EvaluateFlags.id: self = .flags
        default: return nil
        }
    }

    /// The operation of a path, as sent, and the texts of the path's parameters; `nil` if the path belongs to another operation.
    static func of(path: Substring) -> (operation: QueryOperation, pathValues: [String])? {
        switch path {
        case QueryRules.path[...]: return (.query, [])
        case EvaluateSettings.path[...]: return (.evaluation, [])
        case EvaluateFlags.path[...]: return (.flags, [])
        default:
            guard path.hasPrefix(EvaluateFlags.path), path.dropFirst(EvaluateFlags.path.count).first == "/" else {
                return nil
            }
            let key = path.dropFirst(EvaluateFlags.path.count + 1)
            return key.isEmpty || key.contains("/") ? nil : (.flag, [String(key)])
        }
    }

    var method: HTTPRequest.Method {
        switch self {
        case .query, .evaluation: .get
        case .flag, .flags: .post
        }
    }

    /// A request of the operation.
    enum Reading {
        case query(Query)
        /// The request is refused.
        case refused(APIResponse)
    }

    /// Reads a request.
    func read(_ request: APIRequest, _ pathValues: [String], _ contexts: FlagContext) -> Reading {
        var problems = ValidationProblems()
        switch self {
        case .query:
            guard let input = QueryRules.Input(request, pathValues, &problems) else {
                return .refused(.invalid(problems))
            }
            do {
                return .query(try Query(input.query))
            } catch .malformed(let error) {
                return .refused(.malformed(error, in: .contextFilters))
            } catch {
                return .refused(QueryRules.Output.badRequest(.plainText("\(error)")).response())
            }
        case .evaluation:
            guard let input = EvaluateSettings.Input(request, pathValues, &problems) else {
                return .refused(.invalid(problems))
            }
            do {
                return .query(try Query(input.query))
            } catch .malformed(let error) {
                return .refused(.malformed(error, in: .context))
            } catch {
                return .refused(EvaluateSettings.Output.badRequest(.plainText("\(error)")).response())
            }
        case .flag:
            guard let input = EvaluateFlag.Input(request, pathValues, &problems) else {
                let key = RequestParameters(request, pathValues: pathValues).path("key", at: 0, &problems) { text, _ in
                    text
                }
                let failure = Schemas.FlagFailure(
                    key: key?.shortened() ?? "", errorCode: problems.flagErrorCode,
                    errorDetails: problems.description.shortened(to: 1024))
                return .refused(EvaluateFlag.Output.badRequest(.json(failure)).response())
            }
            return .query(
                Query(
                    .flag(key: input.path.key, contexts.context(input.body.context)),
                    about: NamedSettings([input.path.key])))
        case .flags:
            guard let input = EvaluateFlags.Input(request, pathValues, &problems) else {
                let failure = Schemas.FlagListFailure(
                    errorCode: problems.flagErrorCode, errorDetails: problems.description.shortened(to: 1024))
                return .refused(EvaluateFlags.Output.badRequest(.json(failure)).response())
            }
            return .query(Query(.flags(contexts.context(input.body.context)), about: nil))
        }
    }

    /// The response to a request with names that no setting has.
    func unknown(_ names: [String]) -> APIResponse {
        switch self {
        case .query: QueryRules.Output.unknownSettings(names).response()
        case .evaluation: EvaluateSettings.Output.unknownSettings(names).response()
        case .flag, .flags: EvaluateFlag.Output.unknown(names.first ?? "").response()
        }
    }

    /// Answers a request from the tables.
    func answerFromTables(
        _ request: APIRequest, _ pathValues: [String], _ store: Store, _ contexts: FlagContext
    ) async throws -> APIResponse {
        var problems = ValidationProblems()
        switch self {
        case .query:
            if let input = QueryRules.Input(request, pathValues, &problems) {
                return try await QueryHandler(store: store).queryRules(input).response()
            }
        case .evaluation:
            if let input = EvaluateSettings.Input(request, pathValues, &problems) {
                return try await EvaluationHandler(store: store).evaluateSettings(input).response()
            }
        case .flag:
            if let input = EvaluateFlag.Input(request, pathValues, &problems) {
                return try await OpenFeatureHandler(store: store, contexts: contexts).evaluateFlag(input).response()
            }
        case .flags:
            if let input = EvaluateFlags.Input(request, pathValues, &problems) {
                return try await OpenFeatureHandler(store: store, contexts: contexts).evaluateFlags(input).response()
            }
        }
        return .invalid(problems)
    }
}

extension ValidationProblems {
    /// OFREP's code for a body that violates the contract.
    fileprivate var flagErrorCode: Schemas.FlagErrorCode {
        let isUnreadable = list.contains { problem in
            problem.kind == .malformedJSON || problem.location == [.name("body")] && problem.kind != .notAnObject
        }
        return isUnreadable ? .parseError : .invalidContext
    }
}
