/// Certificates of 127.0.0.1 with their keys, for tests only.
struct TestCertificate {
    let certificate: String
    let key: String

    static let first = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBaTCCAQ6gAwIBAgICEAAwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxo
            b3N0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAUMRIwEAYDVQQD
            DAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS+mvRFb5p36AiP
            VVaVlgqSXvNQTp4J4Y/QZW27EPFNGUn2B+yo5OZuH3v9/wC0f+R16yPxRvxA+HI1
            cFAW51ZIo04wTDAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwDwYDVR0TAQH/
            BAUwAwEB/zAdBgNVHQ4EFgQUygXxM5VUuzcO4+xRGdC56M8sLkMwCgYIKoZIzj0E
            AwIDSQAwRgIhAMBzwNJXVfSX/Ur4vpGmbeA4yA9uFG91+CJ4fLgXsGqIAiEAvdKD
            kND60nZVW5phptLwJTNmn33cKVnCBxcxNZkSaUQ=
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeoWxq25nNPZ71ulS
            JKXULq+LQ8t4WkjHcT8trMlD4r6hRANCAAS+mvRFb5p36AiPVVaVlgqSXvNQTp4J
            4Y/QZW27EPFNGUn2B+yo5OZuH3v9/wC0f+R16yPxRvxA+HI1cFAW51ZI
            -----END PRIVATE KEY-----
            """)

    static let second = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBaDCCAQ6gAwIBAgICEAEwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxo
            b3N0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAUMRIwEAYDVQQD
            DAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASahDIdpm9kdapz
            Z65vIEyp2ifM87hiUNOVGdMcspjJy3WIDCYFw/1li1WFOpCRJ4iFZKSzS8N0cXjx
            S++HAzAKo04wTDAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwDwYDVR0TAQH/
            BAUwAwEB/zAdBgNVHQ4EFgQUlk3mQN75sOjIoEjDk5IQhI7nckYwCgYIKoZIzj0E
            AwIDSAAwRQIgfeggzhgVxdpMmCnV/fv0SWwe5t3RSc3Ev8s2M2TxaiECIQCfIRBI
            tj5ILoHKzir/N3rsBmVyAB6lxDM1+f5MSYYUjw==
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjsRUj7NMgeTRjnf5
            A3XVlCkJM6x7+IXFmoIkCyGcrM+hRANCAASahDIdpm9kdapzZ65vIEyp2ifM87hi
            UNOVGdMcspjJy3WIDCYFw/1li1WFOpCRJ4iFZKSzS8N0cXjxS++HAzAK
            -----END PRIVATE KEY-----
            """)
}
