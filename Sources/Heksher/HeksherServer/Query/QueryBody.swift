import HeksherDomain
import HeksherStore
import NIOCore

/// The body of a response to a query, with the same bytes as the handler gives that answers it from the tables, and the positions of its
/// settings.
struct QueryBody {
    private(set) var bytes: [UInt8] = []
    /// The positions at which the settings end.
    private(set) var ends: [Int] = []

    /// - Parameter former: a previous response to the same query, from which unchanged settings are copied.
    init(
        _ query: Query, _ settings: [QueryableSetting], _ features: ContextFeatureOrder,
        from former: CachedResponse?
    ) {
        let (opening, closing) = query.content.frame
        ends.reserveCapacity(settings.count)
        bytes += opening.utf8
        switch query.content {
        case .rules(let filters, let withMetadata):
            let contexts = AdmittedContexts(filters, features)
            bytes.reserveCapacity(contexts.areAll ? settings.reduce(32) { $0 + $1.maximumSize } : 1 << 14)
            write(settings, opening, former) { setting, bytes in
                setting.write(to: &bytes, contexts, withMetadata: withMetadata)
            }
        case .values(let context):
            write(settings, opening, former) { setting, bytes in
                setting.writeValue(to: &bytes, context, features)
            }
        case .flag(let key, let context):
            write(settings, opening, former) { setting, bytes in
                if case .success(let facts) = setting.flagFacts {
                    setting.writeFlag(to: &bytes, key: key, facts, context, features)
                }
            }
        case .flags(let context):
            write(settings, opening, former) { setting, bytes in
                if case .success(let facts) = setting.flagFacts {
                    setting.writeFlag(to: &bytes, key: nil, facts, context, features)
                }
            }
        }
        bytes += closing.utf8
    }

    /// Writes settings, separated by commas.
    private mutating func write(
        _ settings: [QueryableSetting], _ opening: String, _ former: CachedResponse?,
        _ write: (QueryableSetting, inout [UInt8]) -> Void
    ) {
        var index = 0
        while index < settings.count {
            if let former, let places = former.places(of: settings, from: index) {
                copy(former, places, opening)
                index = places.upperBound
            } else {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(settings[index], &bytes)
                ends.append(bytes.count)
                index += 1
            }
        }
    }

    /// Copies settings with the commas before them, which are at the same positions here.
    private mutating func copy(_ former: CachedResponse, _ places: Range<Int>, _ opening: String) {
        let start = places.lowerBound == 0 ? opening.utf8.count : former.ends[places.lowerBound - 1]
        let distance = bytes.count - start
        bytes += former.body.plainBytes[start..<former.ends[places.upperBound - 1]]
        ends += former.ends[places].lazy.map { $0 + distance }
    }
}
