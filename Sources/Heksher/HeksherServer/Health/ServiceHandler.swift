import HeksherAPI

/// The operations of the tag "Service", with a database.
struct ServiceHandler: ServiceAPI {
    let health: HealthMonitor

    func getHealth(_ input: GetHealth.Input) async throws -> GetHealth.Output {
        let body = Schemas.Health(version: HeksherApplication.version)
        return health.databaseIsReachable ? .ok(.json(body)) : .internalServerError(.json(body))
    }
}

/// The operations of the tag "Service" in documentation-only mode, without a database.
struct DocumentationHandler: ServiceAPI {
    func getHealth(_ input: GetHealth.Input) async throws -> GetHealth.Output {
        .ok(.json(Schemas.Health(version: HeksherApplication.version, docOnly: true)))
    }
}
