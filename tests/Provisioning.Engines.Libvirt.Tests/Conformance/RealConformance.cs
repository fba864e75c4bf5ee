using Provisioning.Engines.Conformance;

namespace Provisioning.Engines.Libvirt.Tests.Conformance;

public sealed class Real_lives() : LifeSuite(new RealWorld());
