// swift-tools-version: 6.2
import PackageDescription

let gevent: Target.Dependency = .product(name: "Gevent", package: "swift-geventconnpool")

let package = Package(
    name: "soak",
    dependencies: [.package(name: "swift-geventconnpool", path: "../..")],
    targets: [
        // Its sources but main.swift are those of the tests.
        .executableTarget(name: "operations", dependencies: [gevent]),
        .executableTarget(name: "lives", dependencies: [gevent]),
    ],
    swiftLanguageModes: [.v6]
)
