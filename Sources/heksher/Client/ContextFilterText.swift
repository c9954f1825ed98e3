import OrderedCollections

/// Filters on the command line as one text that the service reads.
struct ContextFilterText {
    let text: String

    /// - Parameter filters: `feature=value` and `feature=*`, of which those of one feature are taken together, or what the service
    ///   reads itself. None at all admits every rule.
    init(_ filters: [String]) {
        guard !filters.isEmpty else {
            text = "*"
            return
        }
        var verbatim: [String] = []
        var values: OrderedDictionary<Substring, [Substring]> = [:]
        for filter in filters {
            if let equals = filter.firstIndex(of: "="), !filter.contains(":") {
                values[filter[..<equals], default: []].append(filter[filter.index(after: equals)...])
            } else {
                verbatim.append(filter)
            }
        }
        let written = values.map { feature, values in
            values.contains("*") ? "\(feature):*" : "\(feature):(\(values.joined(separator: ",")))"
        }
        text = (written + verbatim).joined(separator: ",")
    }
}
