import HTTPGuard
import HeksherAPI

extension GuardedService {
    /// This service.
    static let heksher = GuardedService(name: "heksher", healthPath: GetHealth.path) { limit in
        switch limit {
        case .connections: EnvironmentVariable.maximumConnections.name
        case .connectionsPerAddress: EnvironmentVariable.maximumConnectionsPerAddress.name
        case .requestsInFlight: EnvironmentVariable.maximumRequestsInFlight.name
        case .bodySizeInFlight: "256 times \(EnvironmentVariable.maximumBodyBytes.name)"
        case .unsentSize: EnvironmentVariable.maximumUnsentBytes.name
        case .streamUnsentSize: "64 KiB of events that wait for a client"
        }
    }
}
