import Diagnostics

/// Variables whose names look like the service's, but that it does not read.
public enum UnreadVariables {
    /// A sentence for each `HEKSHER_*` variable of an environment that the service does not read, with the most similar name.
    ///
    /// Variables of the client commands are not reported, nor those that Kubernetes sets in each container for a service called heksher or
    /// heksher-something.
    public static func warnings(_ environment: [String: String]) -> [String] {
        let known = EnvironmentVariable.allCases.map(\.name)
        return environment.sorted { $0.key < $1.key }.compactMap { name, value in
            guard name.uppercased().hasPrefix("HEKSHER_"), !known.contains(name), !isServiceLink(name, value) else {
                return nil
            }
            let near = known.first { name.uppercased() == "HEKSHER_\($0)" } ?? NearMiss.nearest(to: name, among: known)
            return "the variable \(name) is not read\(near.map { ": did you mean \($0)?" } ?? "")"
        }
    }

    /// Whether Kubernetes sets a variable with this name (its documentation, "Discovering services"; Docker's links are similar).
    private static func isServiceLink(_ name: String, _ value: String) -> Bool {
        if name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") { return true }
        if name.contains(/_PORT_[0-9]+_(TCP|UDP|SCTP)(_ADDR|_PORT|_PROTO)?$/) { return true }
        return name.hasSuffix("_PORT") && ["tcp://", "udp://", "sctp://"].contains(where: value.hasPrefix)
    }
}
