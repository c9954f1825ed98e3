import HeksherDomain
import HeksherStore
import NIOCore

/// The body of an answer to a query, byte by byte what ``QueryHandler`` gives, with the places of its settings.
struct QueryBody {
    private(set) var bytes: [UInt8] = []
    /// Where each setting ends.
    private(set) var ends: [Int] = []

    private static let start = #"{"settings":{"#

    /// - Parameter former: an answer to the same question, from which settings are taken that are the same ones.
    init(
        _ question: Question, _ settings: [QueryableSetting], _ features: ContextFeatureOrder,
        from former: CachedAnswer?
    ) {
        let contexts = AdmittedContexts(question.filters, features)
        bytes.reserveCapacity(contexts.areAll ? settings.reduce(32) { $0 + $1.maximumSize } : 1 << 14)
        ends.reserveCapacity(settings.count)
        bytes += Self.start.utf8
        var index = 0
        while index < settings.count {
            if let former, let places = former.places(of: settings, from: index) {
                copy(former, places)
                index = places.upperBound
            } else {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                settings[index].write(to: &bytes, contexts, withMetadata: question.withMetadata)
                ends.append(bytes.count)
                index += 1
            }
        }
        bytes += "}}".utf8
    }

    /// Adds settings with the commas in front of them, which stand at the same places here.
    private mutating func copy(_ former: CachedAnswer, _ places: Range<Int>) {
        let start = places.lowerBound == 0 ? Self.start.utf8.count : former.ends[places.lowerBound - 1]
        let distance = bytes.count - start
        bytes += former.body.plainBytes[start..<former.ends[places.upperBound - 1]]
        ends += former.ends[places].lazy.map { $0 + distance }
    }
}
