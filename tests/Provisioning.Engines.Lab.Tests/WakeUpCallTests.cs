using Provisioning.Engines.Lab.Machines;

namespace Provisioning.Engines.Lab.Tests;

public sealed class WakeUpCallTests
{
    [Fact]
    public void The_packet_is_six_times_FF_and_sixteen_times_the_address()
    {
        var packet = WakeUpCall.Packet("52:54:00:12:34:56");

        Assert.Equal(102, packet.Length);
        Assert.Equal("FFFFFFFFFFFF" + string.Concat(Enumerable.Repeat("525400123456", 16)), Convert.ToHexString(packet));
    }
}
