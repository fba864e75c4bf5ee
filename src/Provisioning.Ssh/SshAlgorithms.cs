using Renci.SshNet;

namespace Provisioning.Ssh;

/// <summary>What is offered to a server: no SHA-1, no CBC, no host certificates, no compression; AES-GCM first, which is twice as fast here as the library's own first choice.</summary>
internal static class SshAlgorithms
{
    private static readonly string[] CipherOrder =
        ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr"];

    private static readonly string[] MacOrder = ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"];

    private static readonly string[] HostKeyOrder =
        ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256"];

    public static void Restrict(ConnectionInfo connection, IReadOnlyList<string> preferredHostKeyAlgorithms, UnreadOutput unread)
    {
        foreach (var name in connection.KeyExchangeAlgorithms.Keys.Where(name => name.EndsWith("sha1", StringComparison.Ordinal)).ToArray())
            connection.KeyExchangeAlgorithms.Remove(name);

        KeepInOrder(connection.Encryptions, CipherOrder);
        KeepInOrder(connection.HmacAlgorithms, MacOrder);
        KeepInOrder(connection.HostKeyAlgorithms, [.. preferredHostKeyAlgorithms.Intersect(HostKeyOrder), .. HostKeyOrder.Except(preferredHostKeyAlgorithms)]);

        // A little that is compressed becomes a lot.
        connection.CompressionAlgorithms.Clear();
        connection.CompressionAlgorithms.Add(ReceiverBrake.None, () => new ReceiverBrake(unread));
    }

    private static void KeepInOrder<T>(IOrderedDictionary<string, T> algorithms, IReadOnlyList<string> order)
    {
        foreach (var name in algorithms.Keys.Except(order).ToArray())
            algorithms.Remove(name);

        var position = 0;
        foreach (var name in order)
        {
            if (algorithms.ContainsKey(name))
                algorithms.SetPosition(name, position++);
        }
    }
}
