extension Configuration.Access {
    /// A file that is written for everybody, as this level has it. Declarations and imports begin their lines, attributes aside.
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
            guard rest.hasPrefix("public ") else { return String(line) }
            // What nobody else sees cannot be inlined by others.
            let kept = self == .internal ? attributes.replacing("@inlinable ", with: "") : attributes
            return indent + kept + rawValue + rest.dropFirst("public".count)
        }.joined(separator: "\n")
    }
}
