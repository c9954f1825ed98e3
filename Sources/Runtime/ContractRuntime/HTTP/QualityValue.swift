/// Weights in header fields such as `Accept` and `Accept-Encoding` (RFC 9110 §12.4.2).
public enum QualityValue {
    /// The weight of a `qvalue` in thousandths: `0.5` is 500. `nil` for any other text, such as `.5`, `1.001`, `1e0` or `inf`.
    ///
    /// - Parameter text: without white space around it.
    public static func thousandths(_ text: some Sequence<UInt8>) -> Int? {
        var weight = 0
        var count = 0
        for byte in text {
            switch (count, byte) {
            case (0, UInt8(ascii: "0")), (0, UInt8(ascii: "1")): weight = Int(byte - UInt8(ascii: "0")) * 1000
            case (1, UInt8(ascii: ".")): break
            case (2...4, UInt8(ascii: "0")...UInt8(ascii: "9")):
                weight += Int(byte - UInt8(ascii: "0")) * [100, 10, 1][count - 2]
            default: return nil
            }
            count += 1
        }
        return count == 0 || weight > 1000 ? nil : weight
    }
}
