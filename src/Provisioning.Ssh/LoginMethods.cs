using System.Text;
using Provisioning.Api.Machines;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Provisioning.Ssh;

/// <summary>Turns a login from a Secret into what the library wants.</summary>
internal static class LoginMethods
{
    /// <summary>Makes the login methods: the key first, then the password.</summary>
    /// <exception cref="SshFailureException">Neither is there, or the key cannot be used.</exception>
    public static AuthenticationMethod[] Create(SshEndpoint endpoint)
    {
        List<AuthenticationMethod> methods = [];
        var credentials = endpoint.Credentials;

        if (credentials.PrivateKey is not null)
            methods.Add(new PrivateKeyAuthenticationMethod(endpoint.User, ReadKey(endpoint, credentials)));

        if (credentials.Password is { } password)
        {
            methods.Add(new PasswordAuthenticationMethod(endpoint.User, password.Reveal()));
            methods.Add(KeyboardInteractive(endpoint.User, password));
        }

        if (methods.Count == 0)
        {
            throw new SshFailureException(SshFailureKind.CredentialsInvalid,
                $"The Secret {credentials.SecretName} for {endpoint} holds no login. Give it the key ssh-privatekey or the key password.");
        }

        return [.. methods];
    }

    private static PrivateKeyFile ReadKey(SshEndpoint endpoint, Credentials credentials)
    {
        // Secrets made from a file or a literal often lack the last line end, which the formats demand.
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(credentials.PrivateKey!.Reveal().Trim() + "\n"));
        try
        {
            var passphrase = credentials.Passphrase?.Reveal();
            return string.IsNullOrEmpty(passphrase) ? new PrivateKeyFile(stream) : new PrivateKeyFile(stream, passphrase);
        }
        catch (SshPassPhraseNullOrEmptyException)
        {
            throw new SshFailureException(SshFailureKind.CredentialsInvalid,
                $"The private key in the Secret {credentials.SecretName} for {endpoint} is encrypted. Put its passphrase into the key ssh-passphrase " +
                "of that Secret.");
        }
        catch (Exception)
        {
            // The cause is left out on purpose: parsers quote what they read. They throw all kinds of exceptions for garbage.
            throw new SshFailureException(SshFailureKind.CredentialsInvalid,
                $"The Secret {credentials.SecretName} for {endpoint} has no usable private key in ssh-privatekey, or a wrong ssh-passphrase. " +
                "Put a key in OpenSSH or PEM form there, as ssh-keygen -t ed25519 makes it.");
        }
    }

    // Servers that use PAM often offer only this for passwords.
    private static KeyboardInteractiveAuthenticationMethod KeyboardInteractive(string user, SecretText password)
    {
        var method = new KeyboardInteractiveAuthenticationMethod(user);
        method.AuthenticationPrompt += (_, prompts) =>
        {
            foreach (var prompt in prompts.Prompts)
                prompt.Response = prompt.IsEchoed ? "" : password.Reveal();
        };
        return method;
    }
}
