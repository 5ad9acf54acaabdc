namespace NATS.Client.Core;

/// <summary>An event whose handlers are awaited one after the other, off the socket's read loop.</summary>
public delegate ValueTask AsyncEventHandler<in TEventArgs>(object? sender, TEventArgs args);
