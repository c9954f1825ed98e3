import HeksherStore
import Synchronization

/// An answer to a query, with what it was made of, so that it is known for how long it holds.
final class CachedAnswer: Sized {
    let question: Question
    let body: AnswerBody
    private let allNames: [String]
    /// Of the settings, by ``QueryableSetting/version``: settings that are others by now are not kept for an answer's sake.
    private let versions: [Int]
    private let names: [String]
    /// Where each setting ends in the body.
    let ends: [Int]
    /// The newest snapshot that the answer is known to hold in.
    private let snapshotID: Atomic<Int>

    /// - Parameter former: an answer to the same question, from which settings are taken that are the same ones.
    init(
        to question: Question, _ settings: [QueryableSetting], in snapshot: Snapshot<QueryableSetting>,
        from former: CachedAnswer? = nil
    ) {
        let written = QueryBody(question, settings, snapshot.features, from: former)
        body = AnswerBody(written.bytes)
        ends = written.ends
        self.question = question
        versions = settings.map(\.version)
        names = settings.map(\.name)
        allNames = question.settings == nil ? snapshot.names : []
        snapshotID = Atomic(snapshot.id)
    }

    /// About how many bytes of memory it takes.
    var size: Int {
        body.size + versions.count * 32 + ((question.settings?.names ?? []).count + allNames.count) * 16
            + question.filters.valueCount * 64 + 1024
    }

    /// The places from one on at which there are the same settings here; `nil` if there is another one, or none, at the first.
    func places(of settings: [QueryableSetting], from first: Int) -> Range<Int>? {
        var end = first
        while end < min(settings.count, versions.count), versions[end] == settings[end].version { end += 1 }
        return end > first ? first..<end : nil
    }

    /// Whether the holder of a token may have it as it is.
    func isFor(_ token: AccessToken) -> Bool {
        if token.prefixes == nil { return true }
        guard let names = question.settings?.names else { return false }
        return names.allSatisfy(token.admits) && self.names.allSatisfy(token.admits)
    }

    /// Whether the answer is what one made of this snapshot would be: whether the settings are the same ones. No context
    /// feature that has come since matters, since none of these settings' rules has a condition on it.
    func holds(in snapshot: Snapshot<QueryableSetting>) -> Bool {
        if snapshotID.load(ordering: .relaxed) == snapshot.id { return true }
        guard question.settings != nil || snapshot.names == allNames,
            case .found(let now) = question.selection(in: snapshot),
            now.elementsEqual(versions, by: { $0.version == $1 })
        else { return false }
        snapshotID.store(snapshot.id, ordering: .relaxed)
        return true
    }
}
