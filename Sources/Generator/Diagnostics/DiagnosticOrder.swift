extension [Diagnostic] {
    /// Each diagnostic once, by place: those of a file, then those of the others.
    package func inOrder(of file: String) -> [Diagnostic] {
        var seen: Set<Diagnostic> = []
        let rank = { (diagnostic: Diagnostic) in
            (diagnostic.file == file ? "" : diagnostic.file, diagnostic.position?.line ?? 0)
        }
        return filter { seen.insert($0).inserted }.enumerated().sorted { left, right in
            let (first, second) = (rank(left.element), rank(right.element))
            return (first.0, first.1, left.offset) < (second.0, second.1, right.offset)
        }.map(\.element)
    }
}
