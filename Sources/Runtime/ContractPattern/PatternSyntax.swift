/// A parsed regular expression.
indirect enum PatternSyntax: Sendable, Hashable {
    case empty
    case set(ScalarSet)
    case sequence([PatternSyntax])
    case alternatives([PatternSyntax])
    case repetition(PatternSyntax, minimum: Int, maximum: Int?)
    case assertion(Assertion)

    enum Assertion: Sendable, Hashable {
        case start
        case end
        case wordBoundary
        case noWordBoundary
    }
}
