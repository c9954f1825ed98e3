import NIOCore
import Testing

@testable import HTTPGuard

@Suite struct TrustedProxiesTests {
    @Test(
        "Addresses are read and written in their usual form",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("::1", "::1"), ("::", "::"),
            ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8::", "2001:db8::"), ("fe80::1%eth0", "fe80::1"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
        ])
    func addresses(text: String, description: String) {
        #expect(IPAddress(text)?.description == description)
    }

    @Test(
        "Text that is not an address is refused",
        arguments: [
            "", "localhost", "192.0.2", "192.0.2.256", "192.0.2.1:80", "0x7f.1", "1::2::3", ":", "[::1]", " ::1", "%",
            "192.0.2.1\u{0}", String(repeating: "1", count: 100_000),
        ])
    func noAddresses(text: String) { #expect(IPAddress(text) == nil) }

    @Test("A peer is trusted by its address or range, also as an IPv4-mapped address")
    func ranges() throws {
        let proxies = try TrustedProxies(
            parsing: "10.0.0.0/8, 192.0.2.7\t2001:db8::/33,::1 203.0.113.0/25", option: "HEKSHER_TRUSTED_PROXIES")
        for text in [
            "10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3", "192.0.2.7", "2001:db8:7fff::1", "::1", "203.0.113.127",
        ] {
            #expect(proxies.contains(IPAddress(text)), "\(text)")
        }
        for text in [
            "9.255.255.255", "11.0.0.0", "192.0.2.6", "192.0.2.8", "2001:db8:8000::", "::2", "203.0.113.128", "::a00:1",
        ] {
            #expect(!proxies.contains(IPAddress(text)), "\(text)")
        }
        #expect(!proxies.contains(nil))
        #expect(try TrustedProxies(parsing: "unix", option: "HEKSHER_TRUSTED_PROXIES").contains(nil))
        #expect(
            try TrustedProxies(parsing: "0.0.0.0/0", option: "HEKSHER_TRUSTED_PROXIES").contains(
                IPAddress("198.51.100.1")))
        #expect(
            try !TrustedProxies(parsing: "0.0.0.0/0", option: "HEKSHER_TRUSTED_PROXIES").contains(
                IPAddress("2001:db8::1")))
        #expect(
            try TrustedProxies(parsing: "::/0", option: "HEKSHER_TRUSTED_PROXIES").contains(IPAddress("2001:db8::1")))
        #expect(TrustedProxies().isEmpty && !TrustedProxies().contains(IPAddress("::1")))
    }

    @Test(
        "An invalid list is reported in one sentence with a remedy",
        arguments: [
            (
                "proxy.example.com",
                "has 'proxy.example.com': it takes addresses and CIDR ranges, as in 10.0.0.0/8,2001:db8::1"
            ),
            ("10.0.0.0/33", "has '10.0.0.0/33': the number behind '/' is from 0 to 32 here"),
            ("::1/129", "has '::1/129': the number behind '/' is from 0 to 128 here"),
            ("::1/+1", "has '::1/+1': the number behind '/' is from 0 to 128 here"),
            ("10.0.0.0/", "has '10.0.0.0/': the number behind '/' is from 0 to 32 here"),
            ("10.0.0.0/8/8", "has '10.0.0.0/8/8': the number behind '/' is from 0 to 32 here"),
            ("10.1.2.3/8", "has '10.1.2.3/8': the range with this address is 10.0.0.0/8"),
        ])
    func mistakes(text: String, sentence: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try TrustedProxies(parsing: "127.0.0.1,\(text)", option: "HEKSHER_TRUSTED_PROXIES")
        }
        #expect(error?.description == "HEKSHER_TRUSTED_PROXIES \(sentence)")
    }

    @Test(
        "The client is the rightmost address that is not a trusted proxy's",
        arguments: [
            (["198.51.100.1"], "198.51.100.1"), (["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            (["203.0.113.9, 198.51.100.1,10.0.0.2 , 10.0.0.3"], "198.51.100.1"),
            (["203.0.113.9", "198.51.100.1", "10.0.0.2"], "198.51.100.1"), ([], "10.0.0.1"), ([""], "10.0.0.1"),
            (["10.0.0.3, 10.0.0.2"], "10.0.0.3"), (["198.51.100.1, unknown"], "10.0.0.1"),
            (["198.51.100.1, _hidden, 10.0.0.2"], "10.0.0.2"), (["198.51.100.1:4711"], "198.51.100.1"),
            (["[2001:db8::1]:4711"], "2001:db8::1"), (["2001:db8::1"], "2001:db8::1"), ([",,,"], "10.0.0.1"),
            ([String(repeating: " ", count: 60_000) + "198.51.100.1"], "10.0.0.1"),
        ])
    func clients(fields: [String], client: String) throws {
        let proxies = try TrustedProxies(parsing: "10.0.0.0/8", option: "HEKSHER_TRUSTED_PROXIES")
        #expect(proxies.client(of: IPAddress("10.0.0.1"), forwardedFor: fields)?.description == client)
        // Forwarded addresses of any other peer are ignored.
        #expect(proxies.client(of: IPAddress("192.0.2.1"), forwardedFor: fields)?.description == "192.0.2.1")
        #expect(TrustedProxies().client(of: IPAddress("10.0.0.1"), forwardedFor: fields)?.description == "10.0.0.1")
        #expect(proxies.client(of: nil, forwardedFor: fields) == nil)
    }

    @Test("Only a limited number of forwarded addresses is read")
    func manyHops() throws {
        let proxies = try TrustedProxies(parsing: "10.0.0.0/8", option: "HEKSHER_TRUSTED_PROXIES")
        let field = "198.51.100.1" + String(repeating: ",10.0.0.9", count: 7000)
        #expect(proxies.client(of: IPAddress("10.0.0.1"), forwardedFor: [field])?.description == "10.0.0.9")
    }
}
