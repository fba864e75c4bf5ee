using Provisioning.Api.Nodes;
using Provisioning.OperatingSystems.Linux;

namespace Provisioning.OperatingSystems.Tests.Linux;

/// <summary>What binds the network of a system to this machine's hardware, in trees like those of each family.</summary>
public sealed class NetworkInTreeTests
{
    private static readonly LinuxModule Module = new();

    public static TheoryData<string> Shells => ["dash", "bash", "busybox"];

    [Theory, MemberData(nameof(Shells))]
    public async Task Netplan_finds_interfaces_by_name_where_it_found_them_by_address(string shell)
    {
        await using var tree = await TreeAsync(shell, "ubuntu", "debian");
        tree.Write("/etc/netplan/50-cloud-init.yaml", """
            # macaddress: 52:54:00:aa:bb:01 in a comment stays
            network:
              version: 2
              ethernets:
                ens3:
                  dhcp4: true
                  match:
                    macaddress: "52:54:00:AA:bb:01"
                  set-name: ens3
                lan:
                  match: {macaddress: '52:54:00:aa:bb:02'}
                  dhcp4: true
                  macaddress: 52:54:00:12:34:56
                gone:
                  match:
                    macaddress: 02:00:00:00:00:09
                  mtu: 9000
            """ + "\n");
        await tree.RunAsync("chmod 600 /etc/netplan/50-cloud-init.yaml");

        var report = await StepAsync(tree, StepResult.Changed);

        Assert.Equal("""
            # macaddress: 52:54:00:aa:bb:01 in a comment stays
            network:
              version: 2
              ethernets:
                ens3:
                  dhcp4: true
                  match:
                    name: "ens3"
                  set-name: ens3
                lan:
                  match: {name: "ens4"}
                  dhcp4: true
                gone:
                  match:
                    macaddress: 02:00:00:00:00:09
                  mtu: 9000
            """ + "\n", tree.Read("/etc/netplan/50-cloud-init.yaml"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(tree.PathOf("/etc/netplan/50-cloud-init.yaml")));
        Assert.EndsWith("/etc/netplan/50-cloud-init.yaml", report.Message, StringComparison.Ordinal);
        await StepAsync(tree, StepResult.Unchanged);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task Networkd_finds_interfaces_by_name_and_a_link_file_is_only_named(string shell)
    {
        await using var tree = await TreeAsync(shell, "debian", "");
        tree.Write("/etc/systemd/network/10-lan.network", "[Match]\nMACAddress=52-54-00-aa-bb-01\n\n[Link]\nMACAddress=02:00:00:00:00:01\nMTUBytes=1400\n\n[Network]\nDHCP=yes\n");
        tree.Write("/etc/systemd/network/10-lan.link", "[Match]\nPermanentMACAddress=52:54:00:aa:bb:01\n\n[Link]\nName=lan0\n");

        var report = await StepAsync(tree, StepResult.Changed);

        Assert.Equal("[Match]\nName=ens3\n\n[Link]\nMTUBytes=1400\n\n[Network]\nDHCP=yes\n", tree.Read("/etc/systemd/network/10-lan.network"));
        Assert.Contains("PermanentMACAddress=52:54:00:aa:bb:01", tree.Read("/etc/systemd/network/10-lan.link"), StringComparison.Ordinal);
        Assert.EndsWith("left as they are: /etc/systemd/network/10-lan.link", report.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task NetworkManager_keeps_what_is_no_address(string shell)
    {
        await using var tree = await TreeAsync(shell, "rocky", "rhel centos fedora");
        const string file = "/etc/NetworkManager/system-connections/ens3.nmconnection";
        tree.Write(file, "[connection]\nid=ens3\nuuid=0d0c1d0e-1111-4222-8333-444455556666\ninterface-name=ens3\n[ethernet]\nmac-address=52:54:00:AA:BB:01\ncloned-mac-address=stable\n" +
            "[ipv4]\ndhcp-client-id=01:52:54:00:aa:bb:01\nmethod=auto\n[ipv6]\ndhcp-duid=ll\n");
        tree.Write("/etc/sysconfig/network-scripts/ifcfg-eth0", "DEVICE=eth0\nHWADDR=52:54:00:AA:BB:01\nBOOTPROTO=dhcp\n");
        tree.Write("/etc/sysconfig/network-scripts/ifcfg-eth0.rpmsave", "HWADDR=52:54:00:AA:BB:01\n");

        await StepAsync(tree, StepResult.Changed);

        Assert.Equal("[connection]\nid=ens3\nuuid=0d0c1d0e-1111-4222-8333-444455556666\ninterface-name=ens3\n[ethernet]\ncloned-mac-address=stable\n" +
            "[ipv4]\nmethod=auto\n[ipv6]\ndhcp-duid=ll\n", tree.Read(file));
        Assert.Equal("DEVICE=eth0\nBOOTPROTO=dhcp\n", tree.Read("/etc/sysconfig/network-scripts/ifcfg-eth0"));
        Assert.Equal("HWADDR=52:54:00:AA:BB:01\n", tree.Read("/etc/sysconfig/network-scripts/ifcfg-eth0.rpmsave"));
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task Wicked_loses_its_address_its_leases_and_its_client_id(string shell)
    {
        await using var tree = await TreeAsync(shell, "opensuse-leap", "suse opensuse");
        tree.Write("/etc/sysconfig/network/ifcfg-eth0", "BOOTPROTO='dhcp'\nLLADDR='02:00:00:00:00:01'\n");
        await tree.RunAsync("mkdir -p /var/lib/wicked; touch /var/lib/wicked/lease-eth0-dhcp-ipv4.xml /var/lib/wicked/duid.xml /var/lib/wicked/iaid.xml /var/lib/wicked/other");

        var outcome = await CaptureAsync(tree);

        Assert.Equal("BOOTPROTO='dhcp'\n", tree.Read("/etc/sysconfig/network/ifcfg-eth0"));
        Assert.Equal(["/other"], Directory.GetFiles(tree.PathOf("/var/lib/wicked")).Select(file => file[tree.PathOf("/var/lib/wicked").Length..]));
        Assert.StartsWith("opensuse-leap (SUSE family), another init", outcome.Steps[0].Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task Ifupdown_on_OpenRC(string shell)
    {
        await using var tree = await TreeAsync(shell, "alpine", "");
        tree.Write("/etc/network/interfaces", "auto eth0\niface eth0 inet dhcp\n\thwaddress 52:54:00:aa:bb:01\n\tpre-up ip link set dev eth0 address 02:00:00:00:00:01\n");
        await tree.RunAsync("mkdir -p /run/openrc /var/lib/dhcpcd /var/lib/seedrng; touch /var/lib/dhcpcd/duid /var/lib/seedrng/seed.credit");

        var outcome = await CaptureAsync(tree);

        Assert.Equal("alpine (Alpine family), OpenRC, ifupdown", outcome.Steps[0].Message);
        Assert.Equal("auto eth0\niface eth0 inet dhcp\n\tpre-up ip link set dev eth0 address 02:00:00:00:00:01\n", tree.Read("/etc/network/interfaces"));
        Assert.EndsWith("left as they are: /etc/network/interfaces", outcome.Steps.Single(step => step.Name == "network-bindings").Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(tree.PathOf("/var/lib/dhcpcd")));
        Assert.Empty(Directory.GetFiles(tree.PathOf("/var/lib/seedrng")));
    }

    [Theory]
    [InlineData("ID=debian\n", "debian (Debian family)")]
    [InlineData("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", "linuxmint (Debian family)")]
    [InlineData("ID=\"ol\"\nID_LIKE=\"fedora\"\n", "ol (RHEL family)")]
    [InlineData("ID=\"sles\"\nID_LIKE=\"suse\"\n", "sles (SUSE family)")]
    [InlineData("ID=$(reboot)\n", "unnamed system (of no family that is known)")]
    [InlineData("ID=void\n", "void (of no family that is known)")]
    public async Task Families_are_told_by_os_release(string release, string told)
    {
        await using var tree = await GuestTree.StartAsync("busybox");
        tree.Write("/etc/os-release", release);

        var outcome = await CaptureAsync(tree);

        Assert.StartsWith(told + ", ", outcome.Steps[0].Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task What_an_earlier_run_left_half_written_is_done_again(string shell)
    {
        await using var tree = await TreeAsync(shell, "debian", "");
        tree.Write("/etc/netplan/.a.yaml.provisioning", "half");
        tree.Write("/etc/netplan/a.yaml", "network:\n  ethernets:\n    x:\n      match:\n        macaddress: 52:54:00:aa:bb:01\n");

        await StepAsync(tree, StepResult.Changed);

        Assert.Equal("network:\n  ethernets:\n    x:\n      match:\n        name: \"ens3\"\n", tree.Read("/etc/netplan/a.yaml"));
        Assert.Single(Directory.GetFileSystemEntries(tree.PathOf("/etc/netplan")));
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_file_that_cannot_be_replaced_fails_the_step_and_the_capture_goes_on(string shell)
    {
        await using var tree = await TreeAsync(shell, "debian", "");
        tree.Write("/etc/netplan/a.yaml", "network:\n  ethernets:\n    x:\n      macaddress: 52:54:00:aa:bb:01\n");
        await tree.RunAsync("mount --bind /etc/netplan /etc/netplan && mount -o remount,ro,bind /etc/netplan");

        var outcome = await CaptureAsync(tree);

        var report = outcome.Steps.Single(step => step.Name == "network-bindings");
        Assert.Equal(StepResult.Failed, report.Result);
        Assert.Contains("/etc/netplan/a.yaml", report.Message, StringComparison.Ordinal);
        Assert.Contains("read-only", report.Message, StringComparison.Ordinal);
        Assert.True(outcome.Complete, outcome.Message);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_host_name_reaches_the_files_of_older_families(string shell)
    {
        await using var tree = await TreeAsync(shell, "rhel", "fedora");
        tree.Write("/etc/sysconfig/network", "NETWORKING=yes\nHOSTNAME=golden\n");
        tree.Write("/etc/HOSTNAME", "golden\n");
        await tree.RunAsync("mkdir -p /etc/cloud/cloud.cfg.d");

        await Module.PostLoadAsync(tree, Identities.Load with { KeepHostKeys = true }, TestContext.Current.CancellationToken);

        Assert.Equal("NETWORKING=yes\nHOSTNAME=clone-1.example\n", tree.Read("/etc/sysconfig/network"));
        Assert.Equal("clone-1.example\n", tree.Read("/etc/HOSTNAME"));
        Assert.Equal("preserve_hostname: true\n", tree.Read("/etc/cloud/cloud.cfg.d/99-provisioning-hostname.cfg"));
    }

    private static async Task<GuestTree> TreeAsync(string shell, string id, string like)
    {
        var tree = await GuestTree.StartAsync(shell);
        tree.Write("/etc/os-release", $"NAME=x\nID={id}\nID_LIKE=\"{like}\"\n");
        await tree.RunAsync("""
            mkdir -p /sys/class/net/ens3/device /sys/class/net/ens4/device /sys/class/net/lo
            echo 52:54:00:aa:bb:01 >/sys/class/net/ens3/address; echo 52:54:00:aa:bb:02 >/sys/class/net/ens4/address; echo 00:00:00:00:00:00 >/sys/class/net/lo/address
            """);
        return tree;
    }

    private static async Task<StepsOutcome> CaptureAsync(GuestTree tree) => await Module.PrepareCaptureAsync(tree, Identities.Capture, TestContext.Current.CancellationToken);

    private static async Task<StepReport> StepAsync(GuestTree tree, StepResult expected)
    {
        var report = (await CaptureAsync(tree)).Steps.Single(step => step.Name == "network-bindings");
        Assert.True(report.Result == expected, $"{report.Result}: {report.Message}");
        return report;
    }
}
