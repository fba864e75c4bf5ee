namespace Provisioning.Api.Machines;

/// <summary>
/// A secret in memory. It has no way into a log line, a message or JSON by accident: it prints as stars, and its text is taken out by name only.
/// </summary>
/// <param name="text">The secret.</param>
public sealed class SecretText(string text)
{
    /// <summary>Hands the secret out; only to the code that logs in with it.</summary>
    public string Reveal() => text;

    /// <summary>Never the secret.</summary>
    public override string ToString() => "***";
}

/// <summary>A login, as read from a Secret.</summary>
/// <param name="SecretName">Name of the Secret, for messages.</param>
/// <param name="Version">Its resource version: refused logins are not tried again before it changes.</param>
/// <param name="PrivateKey">Private key in OpenSSH or PEM form, or null.</param>
/// <param name="Passphrase">Passphrase of the private key, or null.</param>
/// <param name="Password">Password, or null.</param>
public sealed record Credentials(string SecretName, string Version, SecretText? PrivateKey, SecretText? Passphrase, SecretText? Password);
