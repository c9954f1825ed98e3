/// Where a parameter stands in a request, and how its value is written there (OpenAPI 3.1 §4.8.12).
public struct ParameterPlace: Sendable, Hashable {
    public enum Style: Sendable, Hashable {
        case simple, label, matrix, form, spaceDelimited, pipeDelimited, deepObject
    }

    enum Location: Sendable, Hashable {
        /// The number of the parameter in the template.
        case path(Int)
        case query, header, cookie
    }

    var location: Location
    var name: String
    var style: Style
    var explode: Bool
    /// Whether a client leaves reserved characters as they are where they mean nothing else.
    var allowsReserved = false
    /// Names of the query that are those of other parameters.
    var otherNames: Set<String> = []

    /// - Parameter index: its place in the path template, counted from zero.
    public static func path(_ name: String, at index: Int, _ style: Style = .simple, explode: Bool = false) -> Self {
        Self(location: .path(index), name: name, style: style, explode: explode)
    }

    /// - Parameters:
    ///   - allowsReserved: whether a client leaves reserved characters as they are where they mean nothing else.
    ///   - others: the names of all other parameters of the query, for an exploded object that takes every name.
    public static func query(
        _ name: String, _ style: Style = .form, explode: Bool = true, allowsReserved: Bool = false,
        others: Set<String> = []
    ) -> Self {
        Self(
            location: .query, name: name, style: style, explode: explode, allowsReserved: allowsReserved,
            otherNames: others)
    }

    public static func header(_ name: String, explode: Bool = false) -> Self {
        Self(location: .header, name: name, style: .simple, explode: explode)
    }

    public static func cookie(_ name: String, explode: Bool = true) -> Self {
        Self(location: .cookie, name: name, style: .form, explode: explode)
    }

    /// As problems name it.
    var locationName: String {
        switch location {
        case .path: "path"
        case .query: "query"
        case .header: "header"
        case .cookie: "cookie"
        }
    }

    /// What stands between elements that are not pairs of their own.
    var delimiter: Character {
        switch style {
        case .label where explode: "."
        case .matrix where explode: ";"
        case .spaceDelimited: " "
        case .pipeDelimited: "|"
        default: ","
        }
    }
}
