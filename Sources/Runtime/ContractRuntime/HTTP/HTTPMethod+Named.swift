public import HTTPTypes

extension HTTPRequest.Method {
    /// A method without a constant of its own, such as `QUERY`. Generated code uses it.
    ///
    /// - Parameter name: a token of RFC 9110 §5.6.2. The generator refuses other names.
    public static func named(_ name: StaticString) -> Self { Self(rawValue: "\(name)") ?? .get }
}
