import ContractDocument

/// Results about components, so that each is computed once. Without it, schemas that refer to each other could take
/// exponential time.
///
/// It is a class, so that functions that do not otherwise change the planner can fill it.
final class SchemaCache {
    /// The limit on the total number of members and additional schemas in merged components.
    static let maximumMembers = 500_000
    /// The limit on the number of profiles.
    static let maximumProfiles = 1_000_000

    /// The limit on merged members, counted each time that a schema is merged.
    static let maximumMergedMembers = 10_000_000

    /// Components after their references and `allOf` have been merged into them.
    private(set) var merged: [String: MergedSchema] = [:]
    /// Components that are being merged.
    var merging: Set<String> = []
    private var members = 0
    private var mergedMembers = 0

    /// The profiles of components.
    var profiles: [String: SchemaProfile] = [:]
    /// Components whose profiles are being computed, with their depths in the recursion.
    var profiling: [String: Int] = [:]
    /// The depth of the outermost component that the recursion has met a second time and not yet left.
    var firstMetAgain = Int.max
    private var profileCount = 0
    /// Inline schemas whose profiles are being computed, with the number of components around them.
    var profilingInline: [Identity: Int] = [:]

    /// Identifies an inline schema.
    enum Identity: Hashable {
        case schema(ObjectIdentifier)
        case conjunction(Set<Schema.Part>)
    }

    /// Stores a merged component. Returns `false` if the limit is exceeded.
    func keep(_ schema: MergedSchema, for name: String) -> Bool {
        members += schema.content.properties.count + schema.content.required.count + schema.besides.count + 1
        guard members <= Self.maximumMembers else { return false }
        merged[name] = schema
        return true
    }

    /// Counts the members of a merge. Returns `false` if the limit is exceeded.
    func admitsMerging(of schema: MergedSchema) -> Bool {
        mergedMembers += schema.content.properties.count + schema.content.required.count + schema.besides.count + 1
        return !isMergingExhausted
    }

    /// Whether merging has exceeded its limit.
    var isMergingExhausted: Bool { mergedMembers > Self.maximumMergedMembers }

    /// Counts a profile. Returns `false` if the limit is exceeded.
    func admitsProfile() -> Bool {
        profileCount += 1
        return profileCount <= Self.maximumProfiles
    }

    /// Whether the limit on profiles has been exceeded.
    var isExhausted: Bool { profileCount > Self.maximumProfiles }
}
