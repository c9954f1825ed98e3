import OpenAPIDocument

/// What has been found out about components, each once: schemas may refer to each other in exponentially many ways.
///
/// A class, since looking at a schema changes nothing that anybody else could see.
final class SchemaCache {
    /// How many members and further conditions all merged components may have together.
    static let maximumMembers = 500_000
    /// How many schemas may be looked at to tell what others are like.
    static let maximumProfiles = 1_000_000

    /// Components with their references and `allOf` merged into them.
    private(set) var merged: [String: MergedSchema] = [:]
    /// Components that are being merged.
    var merging: Set<String> = []
    private var members = 0

    /// What the values of components look like.
    var profiles: [String: SchemaProfile] = [:]
    /// Components whose values are being looked at, with their number on the way there.
    var profiling: [String: Int] = [:]
    /// The first component on the way that has been met again, and not been left since.
    var firstMetAgain = Int.max
    private var profileCount = 0

    /// Keeps a merged component, unless that would become too much; says whether it could.
    func keep(_ schema: MergedSchema, for name: String) -> Bool {
        members += schema.content.properties.count + schema.content.required.count + schema.besides.count + 1
        guard members <= Self.maximumMembers else { return false }
        merged[name] = schema
        return true
    }

    /// Counts a schema that is looked at; says whether it may be.
    func admitsProfile() -> Bool {
        profileCount += 1
        return profileCount <= Self.maximumProfiles
    }

    /// Whether some schemas were too many to be looked at.
    var isExhausted: Bool { profileCount > Self.maximumProfiles }
}
