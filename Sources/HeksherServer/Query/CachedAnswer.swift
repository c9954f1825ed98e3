import HTTPTypes
import HeksherStore
import Hummingbird
import NIOCore
import OpenAPIRuntime
import Synchronization

/// An answer to a query as it is sent, with what it was made of, so that it is known for how long it holds.
final class CachedAnswer: Sendable {
    private let body: ByteBuffer
    private let tag: EntityTag
    private let fields: HTTPFields
    private let notModifiedFields: HTTPFields
    /// The settings that were asked for; `nil` for all.
    private let names: [String]?
    private let allNames: [String]
    private let settings: [QueryableSetting]
    /// The newest snapshot that the answer is known to hold in.
    private let snapshotID: Atomic<Int>

    init(_ body: [UInt8], to names: [String]?, _ settings: [QueryableSetting], in snapshot: Snapshot<QueryableSetting?>) {
        self.body = ByteBuffer(bytes: body)
        tag = EntityTag(ofBody: body)
        fields = [.contentType: "application/json", .eTag: tag.text]
        notModifiedFields = [.eTag: tag.text]
        self.names = names
        self.settings = settings
        allNames = names == nil ? snapshot.names : []
        snapshotID = Atomic(snapshot.id)
    }

    /// About how many bytes of memory it takes.
    var size: Int { body.readableBytes + settings.count * 8 + ((names ?? []).count + allNames.count) * 16 + 512 }

    /// Whether the answer is what one made of this snapshot would be: whether the settings are the same ones. No context
    /// feature that has come since matters, since none of these settings' rules has a condition on it.
    func holds(in snapshot: Snapshot<QueryableSetting?>) -> Bool {
        if snapshotID.load(ordering: .relaxed) == snapshot.id { return true }
        guard names != nil || snapshot.names == allNames else { return false }
        var rest = settings[...]
        var seen: Set<ObjectIdentifier> = []
        for name in names ?? allNames {
            guard let entry = snapshot.entry(name), let entry else { return false }
            if let next = rest.first, next === entry {
                rest.removeFirst()
                seen.insert(ObjectIdentifier(entry))
            } else if !seen.contains(ObjectIdentifier(entry)) {
                return false
            }
        }
        snapshotID.store(snapshot.id, ordering: .relaxed)
        return true
    }

    /// The answer to a request with these header fields.
    func response(_ requestFields: HTTPFields) -> Response {
        if let condition = requestFields[.ifNoneMatch], tag.matches(ifNoneMatch: condition) {
            return Response(status: .notModified, headers: notModifiedFields)
        }
        return Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: body))
    }

    /// The answer to a request with these header fields.
    func apiResponse(_ requestFields: HTTPFields) -> APIResponse {
        if let condition = requestFields[.ifNoneMatch], tag.matches(ifNoneMatch: condition) {
            return APIResponse(status: .notModified, headerFields: notModifiedFields)
        }
        return APIResponse(status: .ok, headerFields: fields, body: Array(body.readableBytesView))
    }
}
