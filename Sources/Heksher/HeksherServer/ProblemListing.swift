import ContractRuntime
import HeksherAPI

/// Adds to the problems of a request those that no schema expresses, so that its response lists all. The handlers check requests that fit
/// the contract's schemas.
struct ProblemListing: OperationInterceptor {
    func intercept<Operation: APIOperation>(
        _ request: OperationRequest<Operation>, next: (OperationRequest<Operation>) async throws -> APIResponse
    ) async throws -> APIResponse {
        guard !request.problems.isEmpty else { return try await next(request) }
        var request = request
        switch Operation.id {
        case ExplainSetting.id: request.problems.add(.context, in: request.request)
        case SearchRules.id: request.problems.add(.featureValues, in: request.request)
        case DeclareSetting.id, ChangeSettingType.id:
            for (member, message) in SettingProblems(besides: request.problems, in: request.request).list {
                request.problems.add(ValidationProblem(.other, message, at: [.name("body"), .name(member)]))
            }
        case ApplyDocument.id: request.problems.addProblems(ofDocumentIn: request.request, prefix: "")
        default: break
        }
        return try await next(request)
    }
}
