import ContractRuntime
import HTTPTypes
import HeksherStore

/// Tells the store who makes a change, and why, so that the history shows it. Refuses reasons that are too long.
struct ChangeAuthorship: OperationInterceptor {
    private static let field = HTTPField.Name("X-Change-Reason")

    func intercept<Operation: APIOperation>(
        _ request: OperationRequest<Operation>, next: (OperationRequest<Operation>) async throws -> APIResponse
    ) async throws -> APIResponse {
        guard ![.get, .head].contains(Operation.method) else { return try await next(request) }
        var request = request
        let reason = Self.field.flatMap { request.request.headerFields[$0] }.map(Self.decoded)
        if let reason, let problem = Self.problem(of: reason) {
            request.problems.add(
                ValidationProblem(.other, problem, at: [.name("header"), .name("X-Change-Reason")]))
        }
        let author = ChangeAuthor(
            name: AccessControl.principal?.name ?? Requester.current?.user, address: Requester.current?.address,
            reason: reason.flatMap { $0.isEmpty ? nil : $0 })
        return try await ChangeAuthor.$current.withValue(author) { try await next(request) }
    }

    private static func decoded(_ field: String) -> String { PercentEncoding.decode(Substring(field)) }

    private static func problem(of reason: String) -> String? {
        if reason.unicodeScalars.count > ChangeAuthor.maximumReasonLength {
            return "a reason has at most \(ChangeAuthor.maximumReasonLength) characters"
        }
        return reason.unicodeScalars.contains("\0") ? "a reason has no NUL" : nil
    }
}
