/// The form of a value in the texts of parameters, headers and forms: as much as a decoder must know to turn the texts into JSON.
///
/// The runtime's `TextForm` has the same cases.
indirect enum TextForm: Hashable, Sendable {
    case string, number, boolean
    /// A scalar of any type.
    case any
    /// A text that is JSON.
    case json
    case array(TextForm)
    /// An object. Members with other names have the form `others`; `nil` drops them.
    case object([Member], others: TextForm?)
    case choice([TextForm])

    /// A member of an object that has a declared name.
    struct Member: Hashable, Sendable {
        var name: String
        var form: TextForm
    }

    /// The forms of members with other names, of each object that the value can be.
    private var othersOfObjects: [TextForm?] {
        switch self {
        case .object(_, let others): [others]
        case .choice(let forms): forms.flatMap(\.othersOfObjects)
        case .string, .number, .boolean, .any, .json, .array: []
        }
    }

    /// Whether the value can be an object.
    var hasObject: Bool { !othersOfObjects.isEmpty }

    /// Whether the value can be an object, and members with other names always belong to it.
    var takesEveryName: Bool { hasObject && !othersOfObjects.contains(nil) }
}

/// A member of a form that is not written in the usual way.
struct FormPlace {
    var name: String
    /// A style of parameters, or `json`.
    var style: String
    /// Whether each element or member is a separate pair.
    var explode: Bool
    var allowsReserved: Bool
}
