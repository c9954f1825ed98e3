extension APIResponse {
    /// The response 422 to a request that violates the contract. Its body lists the problems, in at most 64 KiB.
    public static func invalid(_ problems: ValidationProblems) -> APIResponse {
        APIResponse(status: .unprocessableContent, contentType: "application/json", body: problems.jsonBytes())
    }
}
