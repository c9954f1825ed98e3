import Diagnostics

extension Configuration {
    /// Applies the configured severities, and lists a warning that applies to many positions only once.
    func counted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        var counted: [Diagnostic] = []
        var places: [String: (index: Int, count: Int)] = [:]
        for var diagnostic in diagnostics {
            if diagnostic.severity == .warning {
                let severity = diagnostic.kind.flatMap { severities[$0] } ?? .warning
                if severity == .silent { continue }
                if severity == .error || isStrict { diagnostic.severity = .error }
            }
            if diagnostic.severity == .warning {
                if let known = places[diagnostic.message] {
                    places[diagnostic.message] = (known.index, known.count + 1)
                    continue
                }
                places[diagnostic.message] = (counted.count, 0)
            }
            counted.append(diagnostic)
        }
        for (index, count) in places.values where count > 0 {
            let others = count == 1 ? "another place" : "\(count) other places"
            counted[index] = counted[index].noting("the same is true of \(others)")
        }
        return counted
    }
}
