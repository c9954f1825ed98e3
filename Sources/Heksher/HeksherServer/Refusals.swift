import ContractRuntime
import HeksherAPI
import HeksherStore

extension APIResponse {
    /// The response to a request that the service refuses with this error, and that would be refused again; `nil` for other errors.
    init?(refusing error: any Error) {
        switch error {
        case let error as Unstorable: self = .invalid(ValidationProblems(error))
        case let error as InvalidRequest: self = .invalid(error.problems)
        case let error as PreconditionFailed: self = .text(.preconditionFailed, error.sentence)
        case let error as StorageFull: self = .text(.conflict, "\(error)")
        case let error as ChangeTooLarge: self = .text(.conflict, "\(error)")
        case let error as OperationRefused: self = .json(error.response.status, error.refusal)
        case let error as PlanDiffers: self = .json(.conflict, error.result)
        case let error as ChangesConflict: self = .json(.conflict, Schemas.ChangeConflicts(error))
        // The store reports such a setting once, not for each request. Repeating the request does not help.
        case let error as UnreadableSetting: self = .text(.serviceUnavailable, "\(error)")
        default: return nil
        }
    }

    private static func text(_ status: HTTPResponse.Status, _ sentence: String) -> APIResponse {
        APIResponse(status: status, contentType: "text/plain; charset=utf-8", body: Array(sentence.utf8))
    }

    private static func json(_ status: HTTPResponse.Status, _ body: some JSONEncodable) -> APIResponse {
        APIResponse(status: status, contentType: "application/json", body: body.jsonBytes())
    }
}
