/// The results of following references while one value is validated.
///
/// If a schema refers to itself in several alternatives, the number of ways to validate a part of the value doubles
/// with each level, so a small value could take very long. With this table, each schema validates each part once.
final class FollowedReferences {
    enum Progress {
        /// In progress: seeing it again means a reference cycle.
        case pending
        /// The result is known.
        ///
        /// - Parameter isTold: whether its violations have been added to the report.
        case known(Evaluated, isValid: Bool, isTold: Bool)
    }

    private struct Key: Hashable {
        /// The reference keeps the schema alive, so that no other object gets its address.
        let schema: JSONSchema
        /// The offset at which the part begins. All parts belong to the same text.
        let start: Int

        static func == (left: Self, right: Self) -> Bool {
            left.schema === right.schema && left.start == right.start
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(ObjectIdentifier(schema))
            hasher.combine(start)
        }
    }

    private var progress: [Key: Progress] = [:]

    subscript(schema: JSONSchema, instance: Instance) -> Progress? {
        get { progress[Key(schema: schema, start: instance.value.bytes.startIndex)] }
        set { progress[Key(schema: schema, start: instance.value.bytes.startIndex)] = newValue }
    }
}
