extension Configuration.Access {
    /// Rewrites a file with public declarations for this access level. Declarations and imports must be at the
    /// beginning of their lines, after attributes.
    func applied(to text: String) -> String {
        if self == .public { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let indent = line.prefix { $0 == " " }
            var rest = line.dropFirst(indent.count)
            var attributes = ""
            while rest.first == "@", let space = rest.firstIndex(of: " ") {
                attributes += rest[...space]
                rest = rest[space...].dropFirst()
            }
            guard rest.hasPrefix("public "), !rest.hasPrefix("public import ") else { return String(line) }
            // Swift allows `@inlinable` only if other modules can see the declaration.
            let kept = self == .internal ? attributes.replacing("@inlinable ", with: "") : attributes
            return indent + kept + rawValue + rest.dropFirst("public".count)
        }.joined(separator: "\n")
    }
}
