// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who uses the library fetches what the examples need. Outside of this repository
// the dependency on it is written with its URL and a version.
let library: [Target.Dependency] = [
    .product(name: "Gevent", package: "swift-geventconnpool"),
    .product(name: "GeventConnPool", package: "swift-geventconnpool"),
]

let package = Package(
    name: "examples",
    dependencies: [
        .package(name: "swift-geventconnpool", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .executableTarget(name: "PostgresPool", dependencies: library + ["CPostgres"], exclude: ["README.md"]),
        .executableTarget(
            name: "StartTLSPool",
            dependencies: library + [.product(name: "GeventTLS", package: "swift-geventconnpool")],
            exclude: ["README.md"]),
        .executableTarget(
            name: "SiteCheck", dependencies: library, exclude: ["README.md", "sitecheck.py"]),
        .executableTarget(
            name: "DomainPage",
            dependencies: library + [
                .product(name: "EPP", package: "swift-geventconnpool"),
                .product(name: "EPPClient", package: "swift-geventconnpool"),
                .product(name: "EPPServer", package: "swift-geventconnpool"),
                .product(name: "GeventInstrumentation", package: "swift-geventconnpool"),
                .product(name: "GeventTLS", package: "swift-geventconnpool"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            exclude: ["README.md"]),
    ],
    swiftLanguageModes: [.v6]
)
