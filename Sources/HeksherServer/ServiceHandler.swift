import HeksherAPI

/// The operations of the tag "Service".
struct ServiceHandler: ServiceAPI {
    let health: HealthMonitor

    func getHealth(_ input: GetHealth.Input) async throws -> GetHealth.Output {
        let body = Schemas.Health(version: HeksherApplication.version)
        return health.databaseIsReachable ? .ok(.json(body)) : .internalServerError(.json(body))
    }
}
