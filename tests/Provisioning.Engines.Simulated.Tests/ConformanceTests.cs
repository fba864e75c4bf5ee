using Provisioning.Api.Nodes;
using Provisioning.Engines.Simulated.Tests.Conformance;

namespace Provisioning.Engines.Simulated.Tests;

public sealed class Instant_linux_conformance() : EngineConformance(new Bench());

public sealed class Timed_linux_conformance() : EngineConformance(new Bench(Bench.Timed()));

public sealed class Timed_conformance_without_operating_system() : EngineConformance(new Bench(Bench.Timed()) { System = OperatingSystemType.None });
