/// A server's address.
struct ServerPlan {
    enum Piece {
        case text(String)
        /// The index of a variable.
        case variable(Int)
    }

    struct Variable {
        /// The label of the value, without backticks.
        var label: String
        /// The type of the value.
        var type: String
        var documentation: String?
        var defaultValue: String
        /// The case of the default value.
        var defaultCase: String?
        /// The allowed values; empty if any text is allowed.
        var cases: [(name: String, value: String)]
    }

    /// The name of the case: `server1`.
    var caseName: String
    var documentation: String
    /// The URL without slashes at the end.
    var url: [Piece]
    var variables: [Variable]
}
