import HeksherDomain

/// Context filters in a form in which conditions are quickly held against them.
struct AdmittedContexts {
    private struct Value {
        var hash: UInt64
        var text: [UInt8]
    }

    private enum Filter {
        case none
        case all
        /// Those from one place to another.
        case some(Range<Int>)
    }

    /// Whether every rule is admitted.
    let areAll: Bool
    /// By the place of the feature.
    private var filters: [Filter] = []
    private var values: [Value] = []

    init(_ filters: ContextFilters, _ features: ContextFeatureOrder) {
        guard case .features(let filters) = filters else {
            areAll = true
            return
        }
        areAll = false
        for name in features.names {
            switch filters[name] {
            case nil: self.filters.append(.none)
            case .any: self.filters.append(.all)
            case .values(let admitted):
                let start = values.count
                values += admitted.map { Value(hash: $0.utf8.fnv1a, text: Array($0.utf8)) }
                self.filters.append(.some(start..<values.count))
            }
        }
    }

    /// Whether each of a rule's conditions is admitted.
    ///
    /// - Parameter texts: what the conditions' values stand in.
    func admit(_ conditions: Slice<UnsafeBufferPointer<IndexedCondition>>, _ texts: UnsafeBufferPointer<UInt8>) -> Bool
    {
        areAll || conditions.allSatisfy { admits($0, texts) }
    }

    private func admits(_ condition: IndexedCondition, _ texts: UnsafeBufferPointer<UInt8>) -> Bool {
        let feature = Int(condition.feature)
        guard feature < filters.count else { return false }
        switch filters[feature] {
        case .none: return false
        case .all: return true
        case .some(let range):
            for index in range where values[index].hash == condition.hash {
                let start = Int(condition.start)
                // A value with characters that JSON escapes stands there otherwise, but then it is none that a filter can name.
                if values[index].text.elementsEqual(texts[start..<start + Int(condition.length)]) { return true }
            }
            return false
        }
    }
}

extension Sequence<UInt8> {
    /// The hash FNV-1a with 64 bits: fast for short texts, and who finds two with the same gains nothing, since texts are
    /// compared as well.
    var fnv1a: UInt64 {
        reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
