import ArgumentParser
import ContractJSON
import OrderedCollections

/// The metadata of a setting or a rule.
struct MetadataOptions: ParsableArguments {
    @Option(
        name: .customLong("metadata"),
        help: ArgumentHelp(
            "Metadata to store with it. May be given several times; a value that is not JSON is a string.",
            valueName: "key=value"))
    var entries: [MetadataArgument] = []

    func validate() throws {
        if metadata.count < entries.count { throw ValidationError("--metadata names a key twice") }
    }

    var metadata: OrderedDictionary<String, JSONValue> {
        OrderedDictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
    }
}

/// `key=value` on the command line.
struct MetadataArgument: ExpressibleByArgument {
    let key: String
    let value: JSONValue

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        key = parts[0]
        if let value = try? JSONValue(parsing: parts[1]) {
            self.value = value
        } else {
            // A text that begins like JSON must be JSON.
            if let first = parts[1].first, "{[\"".contains(first) { return nil }
            value = JSONValue(parts[1])
        }
    }
}

extension OrderedDictionary<String, JSONValue> {
    /// Each as `key=value`, on one line.
    var listed: [String] { map { "\($0.key)=\($0.value.compacted())" } }
}
