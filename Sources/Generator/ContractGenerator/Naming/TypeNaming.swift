import Diagnostics

/// The name for a type that the document does not name: the name of the type that contains it, and its name there.
struct TypeNaming {
    /// The usual name: `PetOwner`.
    var preferred: String
    /// The name if `PetOwner` is taken: `Pet_owner`.
    var alternative: String

    /// The name of a component, which has already been claimed.
    init(claimed name: String) {
        preferred = name
        alternative = name
    }

    /// Combines the names of a type and of a member.
    ///
    /// - Parameters:
    ///   - owner: the Swift name of a type.
    ///   - part: the name of one of its members, as the document spells it.
    init(_ owner: String, _ part: String) {
        // A type whose name Swift reserves has an underscore at the end of its name.
        preferred = (owner.hasSuffix("_") ? String(owner.dropLast()) : owner) + SwiftName.upperCamelCase(part)
        alternative = owner + "_" + SwiftName.spelledOut(part)
    }

    static func + (naming: TypeNaming, suffix: String) -> TypeNaming {
        var naming = naming
        naming.preferred += suffix
        naming.alternative += suffix
        return naming
    }
}

/// The schema that a type is declared for, and the name that the type should have. One schema can become several types.
struct DeclaredPlace: Hashable {
    var position: SourcePosition
    var stem: String
}
