// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "swift-geventconnpool",
    products: [
        .library(name: "Gevent", targets: ["Gevent"]),
        .library(name: "GeventTLS", targets: ["GeventTLS"]),
        .library(name: "GeventConnPool", targets: ["GeventConnPool"]),
        .library(name: "GeventTesting", targets: ["GeventTesting"]),
        .library(name: "GeventInstrumentation", targets: ["GeventInstrumentation"]),
        .library(name: "EPP", targets: ["EPP"]),
        .library(name: "EPPClient", targets: ["EPPClient"]),
        .library(name: "EPPServer", targets: ["EPPServer"]),
        .library(name: "EPPSchema", targets: ["EPPSchema"]),
        .executable(name: "epp", targets: ["epp"]),
        .executable(name: "bench", targets: ["bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        // Of GeventInstrumentation alone.
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Debian's libev-dev has no .pc file, hence no pkgConfig here; the module map links it.
        .systemLibrary(name: "CLibEV", path: "Vendor/CLibEV", providers: [.apt(["libev-dev"])]),
        .systemLibrary(
            name: "COpenSSL", path: "Vendor/COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        // For EPPSchema alone, which is built without it where it is missing.
        .systemLibrary(
            name: "CLibXML2", path: "Vendor/CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),

        // A frame of ours that is larger than the guard page could get over it: none is larger than a page.
        .target(
            name: "CCoroutine",
            cSettings: [
                .enableWarning("frame-larger-than=4000"), .treatWarning("frame-larger-than", as: .error),
                .treatWarning("vla", as: .error),
            ]),
        library("Coroutines", ["CCoroutine"]),
        library("EventLoop", ["CLibEV"]),
        library(
            "Gevent",
            [
                "CCoroutine", "Coroutines", "EventLoop", .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]),
        library("GeventTLS", ["Gevent", "COpenSSL"]),
        library("GeventConnPool", ["EventLoop", "Gevent", log]),
        library("GeventTesting", ["EventLoop", "Gevent"]),
        library(
            "GeventInstrumentation",
            [
                "EPP", "EPPClient", "Gevent", "GeventConnPool", .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]),
        library("EPP"),
        library("EPPClient", ["EPP", "Gevent", "GeventTLS", "GeventConnPool", log]),
        library("EPPServer", ["EPP", "Gevent", "GeventTLS", log]),
        library("EPPSchema", ["EPP", "CLibXML2"]),
        library(
            "EPPTool", ["EPP", "EPPClient", "EPPServer", "Gevent", "GeventConnPool", "GeventTLS", arguments]),
        .executableTarget(name: "epp", dependencies: ["EPPTool", arguments], swiftSettings: strict),
        .executableTarget(
            name: "bench",
            dependencies: [
                "EPP", "EPPClient", "EPPServer", "Gevent", "GeventConnPool", "GeventTLS", arguments,
            ],
            swiftSettings: strict),

        tests("CoroutinesTests", ["Coroutines", "CCoroutine"]),
        tests("EventLoopTests", ["EventLoop"]),
        // Run by GeventTests, under a debugger too.
        .executableTarget(
            name: "crashing", dependencies: ["Gevent"], path: "Tests/CrashingProgram", swiftSettings: strict),
        // Run beside gevent by Tests/Differential/run.sh.
        .executableTarget(
            name: "differential", dependencies: ["Gevent"], path: "Tests/Differential/Program", swiftSettings: strict),
        tests("GeventTests", ["Coroutines", "EventLoop", "Gevent", "GeventTesting", "crashing"]),
        tests("GeventTestingTests", ["EventLoop", "Gevent", "GeventTesting"]),
        tests("GeventTLSTests", ["COpenSSL", "Gevent", "GeventTLS", "GeventTesting"]),
        tests("GeventConnPoolTests", ["Gevent", "GeventTLS", "GeventConnPool", "GeventTesting", log]),
        tests(
            "GeventInstrumentationTests",
            [
                "EPP", "EPPClient", "EPPServer", "Gevent", "GeventConnPool", "GeventInstrumentation", "GeventTesting",
                log, .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
            ]),
        tests("EPPTests", ["EPP", "EPPSchema"]),
        tests("EPPSchemaTests", ["CLibXML2", "EPP", "EPPSchema"]),
        tests(
            "EPPClientTests",
            [
                "EPP", "EPPClient", "EPPSchema", "EPPServer", "Gevent", "GeventConnPool", "GeventTLS", "GeventTesting",
                log,
            ]),
        tests("BenchTests", ["bench"]),
        tests("EPPServerTests", ["EPP", "EPPServer", "Gevent", "GeventTLS", "GeventTesting"]),
        // Its processes are those of epp.
        tests(
            "EPPToolTests",
            [
                "EPP", "EPPClient", "EPPServer", "EPPTool", "Gevent", "GeventConnPool", "GeventTesting", "epp",
                arguments,
            ]),
    ],
    swiftLanguageModes: [.v6]
)

// For Tests/Documentation alone: nobody else fetches the plugin.
if Context.environment["GEVENT_DOCUMENTATION"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}

// For CI: settings, in place of a compiler's flags, leave what is built valid for a plain `swift test`.
if Context.environment["GEVENT_STRICT"] != nil {
    for target in package.targets where target.type != .system {
        target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
    }
}
