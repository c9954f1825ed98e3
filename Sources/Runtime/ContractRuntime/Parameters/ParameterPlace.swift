/// The place of a parameter in a request, and the style of its value (OpenAPI 3.1 §4.8.12).
public struct ParameterPlace: Sendable, Hashable {
    /// The serialization of a value that is not a scalar.
    public enum Style: Sendable, Hashable {
        case simple, label, matrix, form, spaceDelimited, pipeDelimited, deepObject
        /// JSON as the text of a form's member.
        case json
    }

    enum Location: Sendable, Hashable {
        /// The index of the parameter in the path template.
        case path(Int)
        case query, header, cookie
    }

    var location: Location
    var name: String
    var style: Style
    var explode: Bool
    /// Whether reserved characters stay unencoded in requests if they have no meaning at this place.
    var allowsReserved = false
    /// The names of other query parameters.
    var otherNames: Set<String> = []

    /// The place of a path parameter.
    ///
    /// - Parameter index: its index among the parameters of the path template, from 0.
    public static func path(_ name: String, at index: Int, _ style: Style = .simple, explode: Bool = false) -> Self {
        Self(location: .path(index), name: name, style: style, explode: explode)
    }

    /// The place of a query parameter.
    ///
    /// - Parameters:
    ///   - allowsReserved: whether reserved characters stay unencoded in requests if they have no meaning at this
    ///     place.
    ///   - others: the names of all other query parameters, for an exploded object that takes all names.
    public static func query(
        _ name: String, _ style: Style = .form, explode: Bool = true, allowsReserved: Bool = false,
        others: Set<String> = []
    ) -> Self {
        Self(
            location: .query, name: name, style: style, explode: explode, allowsReserved: allowsReserved,
            otherNames: others)
    }

    /// The place of a header parameter, whose style is always `simple`.
    public static func header(_ name: String, explode: Bool = false) -> Self {
        Self(location: .header, name: name, style: .simple, explode: explode)
    }

    /// The place of a cookie parameter, whose style is always `form`.
    public static func cookie(_ name: String, explode: Bool = true) -> Self {
        Self(location: .cookie, name: name, style: .form, explode: explode)
    }

    /// The name of the location in problems.
    var locationName: String {
        switch location {
        case .path: "path"
        case .query: "query"
        case .header: "header"
        case .cookie: "cookie"
        }
    }

    /// The delimiter of elements that are not separate pairs.
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
