/** What a visitor gives, sends and gets. */
export const BeforeJoining = () => (
  <dl class="before-joining">
    <div>
      <dt>What it costs</dt>
      <dd>
        This tab computes, so the processor is busy and a battery empties faster. It takes about 100 MB of memory. The
        network in Learn gets slower meanwhile.
      </dd>
    </div>
    <div>
      <dt>What is sent</dt>
      <dd>
        Gradients: how each weight should change. With them go the loss and the speed. The pictures are the 14,000
        digits of this page, and no picture is sent. Like every server, it sees your network address.
      </dd>
    </div>
    <div>
      <dt>What comes here</dt>
      <dd>The weights and the plan of the training, which are data. No program comes from the server.</dd>
    </div>
    <div>
      <dt>When it ends</dt>
      <dd>
        When the network is trained, or when you leave or close the tab. Another computer then does the part that was
        begun.
      </dd>
    </div>
  </dl>
);
