// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "check",
    dependencies: [.package(name: "swift-geventconnpool", path: "../..")],
    targets: [
        .target(name: "Ballast"),
        .executableTarget(
            name: "check", dependencies: ["Ballast", .product(name: "Gevent", package: "swift-geventconnpool")]),
    ],
    swiftLanguageModes: [.v6]
)
