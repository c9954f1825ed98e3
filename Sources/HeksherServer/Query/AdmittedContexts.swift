import HeksherDomain

/// Context filters in a form in which conditions are quickly held against them.
struct AdmittedContexts {
    /// Which values of a feature are admitted.
    fileprivate enum Values {
        case none
        case all
        /// Those from one place to another.
        case some(Range<Int>)
    }

    /// A value by its hash, and by where it stands.
    fileprivate struct Value {
        var hash: UInt64
        var start: Int
        var length: Int
    }

    /// Whether every rule is admitted.
    let areAll: Bool
    /// By the place of the feature.
    private var features: [Values] = []
    private var values: [Value] = []
    private var texts: [UInt8] = []

    init(_ filters: ContextFilters, _ features: ContextFeatureOrder) {
        guard case .features(let filters) = filters else {
            areAll = true
            return
        }
        areAll = false
        for name in features.names {
            switch filters[name] {
            case nil: self.features.append(.none)
            case .any: self.features.append(.all)
            case .values(let admitted):
                let start = values.count
                for value in admitted {
                    values.append(Value(hash: value.utf8.fnv1a, start: texts.count, length: value.utf8.count))
                    texts += value.utf8
                }
                self.features.append(.some(start..<values.count))
            }
        }
    }

    /// Gives the filter to what holds rules against it.
    func withFilter(_ body: (Filter) -> Void) {
        features.withUnsafeBufferPointer { features in
            values.withUnsafeBufferPointer { values in
                texts.withUnsafeBufferPointer { texts in
                    body(Filter(areAll: areAll, features: features, values: values, texts: texts))
                }
            }
        }
    }

    /// The same without anything that is counted.
    struct Filter {
        fileprivate var areAll: Bool
        fileprivate var features: UnsafeBufferPointer<Values>
        fileprivate var values: UnsafeBufferPointer<Value>
        fileprivate var texts: UnsafeBufferPointer<UInt8>

        /// Whether each of a rule's conditions is admitted.
        ///
        /// - Parameter texts: what the conditions' values stand in.
        func admits(
            _ conditions: UnsafeBufferPointer<IndexedCondition>, _ texts: UnsafeBufferPointer<UInt8>
        ) -> Bool {
            areAll || conditions.allSatisfy { admits($0, texts) }
        }

        private func admits(_ condition: IndexedCondition, _ texts: UnsafeBufferPointer<UInt8>) -> Bool {
            let feature = Int(condition.feature)
            guard feature < features.count else { return false }
            switch features[feature] {
            case .none: return false
            case .all: return true
            case .some(let range):
                for index in range where values[index].hash == condition.hash {
                    let value = values[index]
                    let admitted = self.texts[value.start..<value.start + value.length]
                    let start = Int(condition.start)
                    // A value with characters that JSON escapes stands there otherwise, but then no filter can name it.
                    if admitted.elementsEqual(texts[start..<start + Int(condition.length)]) { return true }
                }
                return false
            }
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
