import HeksherStore
import Hummingbird
import Logging
import OpenAPIRuntime
import Postgres

/// The answer to a request whose handler threw: 503 when the database cannot be used for now, else 500, which nothing
/// that a client sends should lead to.
func answer(_ error: any Error, _ context: some RequestContext) -> ServerResponse {
    if let error = error as? PostgresError, error.isUnavailable {
        context.logger.warning("the database is unavailable", metadata: ["error": "\(error)"])
        return ServerResponse(
            status: .serviceUnavailable, contentType: "text/plain; charset=utf-8",
            body: Array("the database is unavailable".utf8))
    }
    if let error = error as? UnstorableMetadata {
        var problems = ValidationProblems()
        problems.add(
            ValidationProblem(.other, "\(error)", at: [.name("body"), .name("metadata")]))
        return .invalid(problems)
    }
    context.logger.error("unexpected error", metadata: ["error": "\(error)"])
    return ServerResponse(
        status: .internalServerError, contentType: "application/json",
        body: Array(#"{"detail":"Internal Server Error"}"#.utf8))
}
