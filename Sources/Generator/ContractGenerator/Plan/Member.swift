import Diagnostics

/// A property of a generated type: for a member of an object, a parameter, a header, or a part of a form.
struct Member {
    enum Direction: String {
        case request, response

        var other: Self { self == .request ? .response : .request }
    }

    /// The name in the document.
    var name: String
    /// The position of its declaration in the document; `nil` if the document does not declare it.
    var position: SourcePosition?
    /// The name of the property.
    var swiftName: String
    /// The name of the property that stores the value, if the other property is computed.
    var storageName: String
    /// The name of the variable for the value in emitted functions.
    var localName: String
    var documentation: String?
    var isDeprecated: Bool
    var shape: Shape
    var isRequired: Bool
    /// The value if the member is absent; `nil` if there is no default.
    var defaultValue: DefaultValue?
    /// Whether the type distinguishes `null` from an absent value.
    var tellsNull = false
    /// The direction of the messages that contain the member; `nil` for both. Messages of the other direction ignore
    /// it.
    var direction: Direction?
    /// Whether it is required in messages of its direction.
    var isRequiredInDirection = false
    /// Whether the member's value contains its own type.
    var isIndirect = false

    init(
        name: String, position: SourcePosition?, swiftName: String? = nil, documentation: String?, isDeprecated: Bool,
        shape: Shape, isRequired: Bool, defaultValue: DefaultValue? = nil
    ) {
        self.name = name
        self.position = position
        self.swiftName = swiftName ?? SwiftName.lowerCamelCase(name)
        storageName = self.swiftName
        localName = self.swiftName
        self.documentation = documentation
        self.isDeprecated = isDeprecated
        self.shape = shape
        self.isRequired = isRequired
        self.defaultValue = defaultValue
    }

    /// Whether a message may lack the member.
    var mayBeAbsent: Bool { !isRequired }

    /// Whether a separate property shows if the member was present. The member's own property does not show it, because
    /// it returns the default or `nil` for an absent value.
    var isGivenApart: Bool { mayBeAbsent && (defaultValue != nil || tellsNull) }

    /// Whether the value is stored. A required constant needs no storage.
    var isStored: Bool {
        if case .constant = shape { !isRequired } else { true }
    }

    /// Whether the property that stores the value is an optional.
    var isOptional: Bool { !tellsNull && (shape.isNullable || mayBeAbsent) }
}
