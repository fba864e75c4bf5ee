using Provisioning.EndToEnd.Faults;
using Xunit.Sdk;

namespace Provisioning.EndToEnd.Bed;

/// <summary>Whether the judge can fail: a domain that only this test touches, on the real libvirt.</summary>
/// <param name="bed">The bed.</param>
[Collection(FaultTests.Name)]
public sealed class DomainEventsTests(TestBed bed)
{
    [Fact]
    public async Task One_start_by_hand_more_is_seen_also_after_libvirtd_was_killed()
    {
        await bed.Host.StartAsync();
        var (name, mark) = ($"by-hand-{Guid.NewGuid():N}", bed.Host.Commands.Mark());
        try
        {
            await bed.Host.DefineAsync(name);
            await bed.Host.VirshAsync("start", name);
            await bed.Host.Events.AreExactlyAsync(mark, name, "Defined", "Started");

            await bed.Host.VirshAsync("destroy", name);
            await bed.Host.VirshAsync("start", name);
            var seen = await Assert.ThrowsAnyAsync<XunitException>(() => bed.Host.Events.AreExactlyAsync(mark, name, "Defined", "Started"));
            Assert.Contains($"{name} Started Booted", seen.Message, StringComparison.Ordinal);
            await bed.Host.Events.AreExactlyAsync(mark, name, "Defined", "Started", "Stopped", "Started");

            await bed.Host.KillLibvirtAsync();
            await bed.Host.StartAsync();
            mark = bed.Host.Commands.Mark();
            await bed.Host.VirshAsync("reset", name);
            await bed.Host.VirshAsync("destroy", name);
            await bed.Host.Events.AreExactlyAsync(mark, name, "Stopped");
            Assert.Contains(await bed.Host.Events.SinceAsync(mark, name), told => told.What == "reboot");
            // By hand, so that the host's log of commands knows nothing of it: only libvirt does.
            Assert.Empty(bed.Host.Commands.EffectsSince(mark, name));
        }
        finally
        {
            await bed.Host.RemoveAsync(name);
        }
    }

    [Theory]
    [InlineData("2026-11-27 10:12:10.609+0000: event 'lifecycle' for domain 'e2e-lab-vm': Started Booted", "Started", "Booted")]
    [InlineData("2026-11-27 10:12:12.781+0000: event 'lifecycle' for domain 'e2e-lab-vm': Shutdown Finished after host request", "Shutdown", "Finished after host request")]
    [InlineData("2026-11-27 10:12:10.713+0000: event 'reboot' for domain 'e2e-lab-vm'", "reboot", "")]
    [InlineData("2026-11-27 10:12:10.713+0000: event 'io-error' for domain 'e2e-lab-vm': /disk (virtio-disk0) report", "io-error", "/disk (virtio-disk0) report")]
    public void A_line_of_virsh_is_read(string line, string what, string why)
    {
        var told = DomainEvent.Parse(line)!;
        Assert.Equal(("e2e-lab-vm", what, why), (told.Domain, told.What, told.Why));
        Assert.Equal(new DateTimeOffset(2026, 11, 27, 10, 12, told.Time.Second, TimeSpan.Zero).AddMilliseconds(told.Time.Millisecond), told.Time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("events received: 4")]
    [InlineData("error: Disconnected from qemu:///session due to end of file")]
    public void Other_lines_are_no_events(string line) => Assert.Null(DomainEvent.Parse(line));
}
