import ContractJSON
import HeksherDomain
import PosixSupport

/// Context filters in a form that is quickly compared with conditions.
struct AdmittedContexts {
    /// The admitted values of a feature.
    fileprivate enum Values {
        case none
        case all
        /// The values in a range: a few in any order, or many in the order of ``Value/precedes(_:in:)``.
        case some(Range<Int>)
    }

    /// A value's hash and its position in the text, both of the value as JSON writes it.
    fileprivate struct Value {
        var hash: UInt32
        var length: UInt32
        var start: Int

        func bytes(in texts: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
            UnsafeBufferPointer(rebasing: texts[start..<start + Int(length)])
        }
    }

    /// Up to this number, the values of a feature are compared one by one, which processors predict well. Beyond it, the time of a lookup
    /// grows with the logarithm of their number, whatever their hashes are.
    private static let fewValues = 48

    /// Whether every rule is admitted.
    let areAll: Bool
    /// Indexed by the feature's position.
    private var features: [Values] = []
    private var values: [Value] = []
    private var texts: [UInt8] = []

    init(_ filters: ContextFilters, _ features: ContextFeatureOrder) {
        guard case .features(let filters) = filters else {
            areAll = true
            return
        }
        areAll = false
        self.features = Array(repeating: .none, count: features.names.count)
        for (name, filter) in filters {
            guard let place = features.index(of: name) else { continue }
            switch filter {
            case .any: self.features[place] = .all
            case .values(let admitted):
                let start = values.count
                for value in admitted {
                    let start = texts.count
                    texts.appendInJSON(value.text)
                    let text = texts[start...]
                    values.append(Value(hash: text.hash32, length: UInt32(clamping: text.count), start: start))
                }
                self.features[place] = .some(start..<values.count)
                if admitted.count > Self.fewValues {
                    texts.withUnsafeBufferPointer { texts in
                        values[start...].sort { first, second in
                            Filter.order(first.hash, first.bytes(in: texts), second.hash, second.bytes(in: texts)) < 0
                        }
                    }
                }
            }
        }
    }

    /// Passes the filter to code that compares rules with it.
    func withFilter(_ body: (Filter) -> Void) {
        features.withUnsafeBufferPointer { features in
            values.withUnsafeBufferPointer { values in
                texts.withUnsafeBufferPointer { texts in
                    body(Filter(areAll: areAll, features: features, values: values, texts: texts))
                }
            }
        }
    }

    /// The same filter without reference-counted parts.
    struct Filter {
        fileprivate var areAll: Bool
        fileprivate var features: UnsafeBufferPointer<Values>
        fileprivate var values: UnsafeBufferPointer<Value>
        fileprivate var texts: UnsafeBufferPointer<UInt8>

        /// Whether the filter admits each of a rule's conditions.
        ///
        /// - Parameter texts: contains the conditions' values.
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
                // Both texts are as JSON writes them, which is the same for equal values.
                let text = UnsafeBufferPointer(
                    rebasing: texts[Int(condition.start)..<Int(condition.start) + Int(condition.length)])
                if range.count > AdmittedContexts.fewValues { return isAmong(range, condition.hash, text) }
                for index in range where values[index].hash == condition.hash {
                    if Self.areEqual(values[index].bytes(in: self.texts), text) { return true }
                }
                return false
            }
        }

        /// A loop is faster than calling `memcmp` for texts as short as most values.
        private static func areEqual(
            _ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>
        ) -> Bool {
            guard first.count == second.count else { return false }
            if first.count > 16 { return order(0, first, 0, second) == 0 }
            for index in first.indices where first[index] != second[index] { return false }
            return true
        }

        /// Finds a value by binary search.
        private func isAmong(_ range: Range<Int>, _ hash: UInt32, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
            var range = range
            while !range.isEmpty {
                let middle = range.lowerBound + range.count / 2
                let value = values[middle]
                let order =
                    value.hash == hash
                    ? Self.order(0, value.bytes(in: texts), 0, text) : value.hash < hash ? -1 : 1
                if order == 0 { return true }
                range = order < 0 ? middle + 1..<range.upperBound : range.lowerBound..<middle
            }
            return false
        }

        /// Negative if the first comes before the second; zero if they are equal.
        fileprivate static func order(
            _ firstHash: UInt32, _ first: UnsafeBufferPointer<UInt8>,
            _ secondHash: UInt32, _ second: UnsafeBufferPointer<UInt8>
        ) -> Int {
            if firstHash != secondHash { return firstHash < secondHash ? -1 : 1 }
            if first.count != second.count { return first.count < second.count ? -1 : 1 }
            guard let firstBytes = first.baseAddress, let secondBytes = second.baseAddress else { return 0 }
            return Int(memcmp(firstBytes, secondBytes, first.count))
        }
    }
}

extension [UInt8] {
    /// Appends a string as JSON writes it, without the quotation marks.
    mutating func appendInJSON(_ text: String) {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        guard !isPlain else { return self += text.utf8 }
        var json = JSONWriter()
        json.write(text)
        self += json.finish().dropFirst().dropLast()
    }
}

extension Sequence<UInt8> {
    /// The 64-bit FNV-1a hash, which is fast for short texts. A client can find texts with equal hashes, but gains nothing, because the
    /// texts are compared as well.
    var fnv1a: UInt64 {
        reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// ``fnv1a`` folded into half of its bits, as its authors recommend.
    var hash32: UInt32 {
        let hash = fnv1a
        return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
    }
}
