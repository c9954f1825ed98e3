import Diagnostics

/// A property in Swift: for a member of an object, a parameter, a header, or a part of a form.
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
    /// A Swift expression for the value if the member is absent; `nil` if there is no default.
    var defaultValue: String?
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
        shape: Shape, isRequired: Bool, defaultValue: String? = nil
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

    /// The type of the property. If a nullable member may be absent, the type is still a single optional.
    var swiftType: String {
        if shape.isNullable { return shape.swiftType }
        return mayBeAbsent && defaultValue == nil ? shape.swiftType + "?" : shape.swiftType
    }

    /// The type of the property that stores the value.
    var storedType: String {
        guard isGivenApart else { return swiftType }
        let type = shape.nonNull.swiftType
        return tellsNull ? "ContractRuntime.Presence<\(type)>" : type + "?"
    }

    /// Whether the value is stored. A required constant needs no storage.
    var isStored: Bool {
        if case .constant = shape { !isRequired } else { true }
    }

    /// Whether the property that stores the value is an optional.
    var isOptional: Bool { !tellsNull && (shape.isNullable || mayBeAbsent) }

    /// The name as an argument label, where Swift reserves almost no words.
    var argumentLabel: String { swiftName.withoutBackticks }
}

extension [Member] {
    /// Claims the names of properties, and of the variables of emitted functions.
    ///
    /// - Parameters:
    ///   - reserved: names of other properties of the same type.
    ///   - chosen: the names that the configuration gives, by those of the document.
    /// - Returns: a note for each collision.
    mutating func claimNames(reserved: Set<String> = [], chosen: [String: String] = [:]) -> [Diagnostic] {
        let place = SourcePosition(line: 1, column: 1)
        var scope = NameScope(reserved: reserved.union(Member.takenNames))
        let names = scope.claim(
            map { member in
                var wanted = NameScope.Wanted.lower(member.name, at: member.position ?? place)
                if let name = chosen[member.name] {
                    wanted.preferred = name.withoutBackticks
                    wanted.isChosen = true
                } else if member.swiftName != SwiftName.lowerCamelCase(member.name) {
                    wanted.preferred = member.swiftName.withoutBackticks
                }
                return wanted
            })
        let notes = scope.notes
        for index in indices {
            let name = names[index]
            self[index].swiftName = SwiftName.escaped(name)
            self[index].storageName = self[index].swiftName
            func claim(_ wanted: String) -> String {
                scope.claim(.init(source: wanted, preferred: wanted, alternative: wanted + "_", position: place))
            }
            if self[index].isGivenApart {
                self[index].storageName = claim(name + "IfGiven")
            } else if self[index].isDeprecated {
                self[index].storageName = claim("_" + name)
            }
            self[index].localName = Member.localNames.contains(name) ? claim(name + "_") : self[index].swiftName
        }
        return notes
    }
}

extension Member {
    /// Names that would hide types in emitted code.
    fileprivate static let takenNames: Set<String> = ["ContractRuntime", "Swift", "String", "Int", "Double", "Bool"]

    /// Names of variables in emitted functions.
    fileprivate static let localNames: Set<String> = [
        "json", "problems", "mark", "key", "before", "response", "additionalProperties", "decoded", "form", "request",
        "rest", "count",
    ]
}
