extension SettingType {
    /// Whether the types are equal, or this is a proper subtype of `other`.
    public func isSubtype(of other: SettingType) -> Bool {
        self == other || isProperSubtype(of: other)
    }

    /// Whether every value of this type is also a value of `other`, but not the reverse, by these rules only: `int` of `float`, an `Enum`
    /// of an `Enum` and `Flags` of `Flags` with more options, and `Sequence` and `Mapping` by their element types.
    public func isProperSubtype(of other: SettingType) -> Bool {
        var (lower, upper) = (self, other)
        while true {
            switch (lower, upper) {
            case (.sequence(let lowerElement), .sequence(let upperElement)),
                (.mapping(let lowerElement), .mapping(let upperElement)):
                (lower, upper) = (lowerElement, upperElement)
            case (.int, .float):
                return true
            case (.enum(let fewer), .enum(let more)), (.flags(let fewer), .flags(let more)):
                return fewer.values.isStrictSubset(of: more.values)
            default:
                return false
            }
        }
    }
}
