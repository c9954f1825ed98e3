/// What came of following references from one value.
///
/// A schema that refers to itself in several of its alternatives has twice the ways to a part of the value with each level that the part
/// is deeper, so that whoever sends the value could have it checked forever. Each schema is held against each part once.
final class FollowedReferences {
    enum Answer {
        /// It is being found, so that who asks goes round in circles.
        case pending
        /// - Parameter isTold: whether what is wrong has been told.
        case known(Evaluated, isValid: Bool, isTold: Bool)
    }

    private struct Question: Hashable {
        /// Kept, so that no other takes its place in memory.
        let schema: JSONSchema
        /// Where the part begins: all are parts of one text.
        let start: Int

        static func == (left: Self, right: Self) -> Bool {
            left.schema === right.schema && left.start == right.start
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(ObjectIdentifier(schema))
            hasher.combine(start)
        }
    }

    private var answers: [Question: Answer] = [:]

    subscript(schema: JSONSchema, instance: Instance) -> Answer? {
        get { answers[Question(schema: schema, start: instance.value.bytes.startIndex)] }
        set { answers[Question(schema: schema, start: instance.value.bytes.startIndex)] = newValue }
    }
}
